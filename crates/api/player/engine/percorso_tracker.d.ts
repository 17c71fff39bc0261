/* tslint:disable */
/* eslint-disable */

/**
 * One session in the page, restored from what the server began.
 */
export class PlayerSession {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Applies an event (JSON) and answers with its outcome (JSON).
     *
     * # Errors
     * A message when the event cannot be read.
     */
    apply(at_ms: number, event_json: string): string;
    /**
     * Answers a call of the API with the string that content gets. What else there is to know is in
     * [`PlayerSession::last_answer`] and [`PlayerSession::take_effects`].
     */
    call(at_ms: number, method: string, _arguments: string[]): string;
    /**
     * The last call's answer as JSON: result, error, diagnostic, whether it is journalled.
     */
    lastAnswer(): string;
    /**
     * Takes up the session of `snapshot` in the course of `package_json`.
     *
     * # Errors
     * A message when either cannot be read.
     */
    static restore(package_json: string, snapshot: Uint8Array | number[]): PlayerSession;
    /**
     * The whole state; `restore` reads it.
     */
    snapshot(): Uint8Array;
    /**
     * The effects of calls since the last time, as a JSON array, and forgets them.
     */
    takeEffects(): string;
    /**
     * What to show, as JSON.
     */
    view(): string;
}

/**
 * Replays a golden case (JSON) and answers with its report (JSON).
 */
export function replayGolden(case_json: string): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_playersession_free: (a: number, b: number) => void;
    readonly playersession_apply: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly playersession_call: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number];
    readonly playersession_lastAnswer: (a: number) => [number, number];
    readonly playersession_restore: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly playersession_snapshot: (a: number) => [number, number];
    readonly playersession_takeEffects: (a: number) => [number, number];
    readonly playersession_view: (a: number) => [number, number];
    readonly replayGolden: (a: number, b: number) => [number, number];
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __externref_drop_slice: (a: number, b: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
