// @ts-check
//! One request to the server: what it says, and what a refusal means.

const TIMEOUT_MS = 20_000;

/** An answer of the server that is no success. */
export class Refusal extends Error {
  /** @param {number} status @param {{type?: string, detail?: string, expected?: number, reason?: string, return_url?: string}} problem @param {number|null} retryAfterMs */
  constructor(status, problem, retryAfterMs = null) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = (problem.type ?? "").split("/").pop() ?? "";
    this.expected = problem.expected;
    this.reason = problem.reason;
    this.returnUrl = problem.return_url;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The request that carries a JSON text. @param {string} token @param {string|undefined} text @returns {RequestInit} */
export function carrying(token, text) {
  return {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, ...(text === undefined ? {} : { "content-type": "application/json" }) },
    body: text,
    credentials: "omit",
    cache: "no-store",
  };
}

/** What the server answered. @param {Response} response @returns {Promise<any>} */
export async function answered(response) {
  if (response.ok) return response.status === 204 ? {} : response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(response.status, problem, quietMs(response.headers));
}

/** How long the server asks to be left alone: `Retry-After` is seconds or a date. @param {Headers} headers @returns {number|null} */
function quietMs(headers) {
  const said = headers.get("retry-after") ?? "";
  const seconds = Number(said);
  const ms = Number.isNaN(seconds) ? Date.parse(said) - (Date.parse(headers.get("date") ?? "") || Date.now()) : seconds * 1_000;
  return ms > 0 ? ms : null;
}

/** Sends a JSON text. @param {string} path @param {string} token @param {string} [text] @returns {Promise<any>} */
export async function send(path, token, text) {
  return answered(await fetch(path, { ...carrying(token, text), signal: AbortSignal.timeout(TIMEOUT_MS) }));
}

/** Sends a value. @param {string} path @param {string} token @param {unknown} [body] @returns {Promise<any>} */
export async function post(path, token, body) {
  return send(path, token, body === undefined ? undefined : JSON.stringify(body));
}
