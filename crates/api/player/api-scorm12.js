// @ts-check
//! `API`: the face that SCORM 1.2 content finds (RTE 3.2). Values pass through; the engine answers.

/**
 * @param {(method: string, args: unknown[]) => string} call  the engine's answer to one call
 */
export function apiScorm12(call) {
  return Object.freeze({
    LMSInitialize: (/** @type {unknown[]} */ ...args) => call("LMSInitialize", args),
    LMSFinish: (/** @type {unknown[]} */ ...args) => call("LMSFinish", args),
    LMSGetValue: (/** @type {unknown[]} */ ...args) => call("LMSGetValue", args),
    LMSSetValue: (/** @type {unknown[]} */ ...args) => call("LMSSetValue", args),
    LMSCommit: (/** @type {unknown[]} */ ...args) => call("LMSCommit", args),
    LMSGetLastError: (/** @type {unknown[]} */ ...args) => call("LMSGetLastError", args),
    LMSGetErrorString: (/** @type {unknown[]} */ ...args) => call("LMSGetErrorString", args),
    LMSGetDiagnostic: (/** @type {unknown[]} */ ...args) => call("LMSGetDiagnostic", args),
  });
}
