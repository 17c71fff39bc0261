// The engine's face (crates/tracker/src/wasm.rs) as the page sees it, for the type checker only.
import type { Engine } from "../../../crates/api/player/types.js";

export default function load(): Promise<unknown>;
export const PlayerSession: { restore(packageJson: string, snapshot: Uint8Array): Engine };
