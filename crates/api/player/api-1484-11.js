// @ts-check
//! `API_1484_11`: the face that SCORM 2004 content finds (RTE 3.3). Values pass through; the engine answers.

/**
 * @param {(method: string, args: unknown[]) => string} call  the engine's answer to one call
 */
export function api148411(call) {
  return Object.freeze({
    version: "1.0",
    Initialize: (/** @type {unknown[]} */ ...args) => call("Initialize", args),
    Terminate: (/** @type {unknown[]} */ ...args) => call("Terminate", args),
    GetValue: (/** @type {unknown[]} */ ...args) => call("GetValue", args),
    SetValue: (/** @type {unknown[]} */ ...args) => call("SetValue", args),
    Commit: (/** @type {unknown[]} */ ...args) => call("Commit", args),
    GetLastError: (/** @type {unknown[]} */ ...args) => call("GetLastError", args),
    GetErrorString: (/** @type {unknown[]} */ ...args) => call("GetErrorString", args),
    GetDiagnostic: (/** @type {unknown[]} */ ...args) => call("GetDiagnostic", args),
  });
}
