// @ts-check
//! The shapes that cross the boundary to the engine and the server, for the type checker only.

/**
 * @typedef {object} Boot  What `/play/api/start` and `/play/api/resume` answer.
 * @property {string} session_id
 * @property {string} registration_id
 * @property {string} token            session JWT
 * @property {string} expires_at
 * @property {object & {standard: string}} course   the package, as the engine reads it
 * @property {string} snapshot         base64 of the engine's state
 * @property {number} next_number      number of the next journal entry
 * @property {string} content_base     where content lies, ending in `/`
 * @property {string} title
 * @property {string} language         `it` or `en`
 * @property {string|null} [return_url]
 * @property {string|null} [activity_id]   where the launch asked to begin
 * @property {string} [launch_method]  `any_window` or `own_window`
 * @property {string} journal_key      base64; what the device keeps is known by it
 * @property {string} learner_name
 * @property {number} active_ms
 * @property {number} [wall_ms]
 * @property {boolean} [preview]       an author's preview: the page shows what is behind the course
 * @property {boolean} [watch_media]   what is done with videos is stated: the page tells it
 */

/** @typedef {{line: string, code: string}} KeptLine  What the device keeps of an entry: JSON of `entry`, `active_ms` and `wall_ms`, and its code. */

/** @typedef {{number: number, at_ms: number, event: string}} Entry  One journal line (with the event's own fields). */

/** @typedef {{effect: string, activity?: string, path?: string, suffix?: string, suspended?: boolean}} Effect */

/** @typedef {{request: string, visible: boolean, enabled: boolean, refusal?: string}} Control  `refusal`: the code of why it is not enabled. */

/**
 * @typedef {object} ContentsEntry
 * @property {string} id
 * @property {string} title
 * @property {number} depth
 * @property {string|null} kind
 * @property {boolean} leaf
 * @property {boolean} current
 * @property {boolean} selectable
 * @property {string|null} [refusal]   the code of why it is not selectable
 * @property {string} completion
 * @property {string} success
 */

/** @typedef {{request: string, delivered: string|null, exception: string|null, became?: string, explanation: string}} Decision */

/** @typedef {{id: string|null, satisfied: boolean|null, measure: number|null, completed: boolean|null}} InspectedObjective */

/**
 * @typedef {object} InspectedActivity
 * @property {string} id
 * @property {string} title
 * @property {number} depth
 * @property {boolean} active
 * @property {boolean} suspended
 * @property {boolean} current
 * @property {number} attempts
 * @property {boolean|null} completed
 * @property {number|null} progress_measure
 * @property {InspectedObjective[]} objectives
 */

/** @typedef {{values: Record<string, string>, activities: InspectedActivity[], global_objectives: Record<string, InspectedObjective>, shared_data: Record<string, string>}} Inspection */

/** @typedef {{state: string, current_activity: string|null, controls: Control[], contents: ContentsEntry[]}} View */

/** @typedef {{place: number, current: boolean, selectable: boolean, refusal: string|null, completion: string, success: string}} ChangedEntry  Line `place` of the contents as it is now. */

/** @typedef {{state: string, current_activity: string|null, controls: Control[], contents?: ContentsEntry[], changed: ChangedEntry[]}} Refresh  `contents`: all of them, where other activities are shown than before. */

/**
 * @typedef {object} Engine  The engine's session (WebAssembly).
 * @property {(atMs: number, method: string, args: string[]) => string} call
 * @property {() => string} lastAnswer
 * @property {(atMs: number, event: string) => string} apply
 * @property {() => string} takeEffects
 * @property {() => string} refresh   what changed in the view since the last time
 * @property {() => string} view
 * @property {() => Uint8Array} snapshot
 * @property {() => string} inspect
 * @property {(request: string, language: string) => string} whyNot   why a request would lead nowhere; empty when it would lead somewhere
 * @property {(decision: string, language: string) => string} sentence   a decision in words
 */

export {};
