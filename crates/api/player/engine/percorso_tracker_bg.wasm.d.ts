/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const __wbg_playersession_free: (a: number, b: number) => void;
export const playersession_apply: (a: number, b: number, c: number, d: number) => [number, number, number, number];
export const playersession_call: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number];
export const playersession_lastAnswer: (a: number) => [number, number];
export const playersession_restore: (a: number, b: number, c: number, d: number) => [number, number, number];
export const playersession_snapshot: (a: number) => [number, number];
export const playersession_takeEffects: (a: number) => [number, number];
export const playersession_view: (a: number) => [number, number];
export const replayGolden: (a: number, b: number) => [number, number];
export const __wbindgen_malloc: (a: number, b: number) => number;
export const __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
export const __wbindgen_free: (a: number, b: number, c: number) => void;
export const __wbindgen_externrefs: WebAssembly.Table;
export const __externref_table_dealloc: (a: number) => void;
export const __externref_table_alloc: () => number;
export const __externref_drop_slice: (a: number, b: number) => void;
export const __wbindgen_start: () => void;
