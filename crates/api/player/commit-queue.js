// @ts-check
//! The way of the journal to the server: numbered entries, kept on the device until acknowledged,
//! sent in small batches, sent again when the network was gone. Knows no rule of any standard.

/** @import { Entry } from "./types.js" */
/** @import { JournalStore } from "./journal-store.js" */

/** Largest body we send: browsers limit what may be in flight with `keepalive` to 64 KB. */
const BATCH_BYTES = 60_000;
const DEBOUNCE_MS = 250;
const HEARTBEAT_MS = 60_000;
const TIMEOUT_MS = 20_000;
const DAY_MS = 86_400_000;
const KEEP_MS = 30 * DAY_MS;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

const encoder = new TextEncoder();

/** @param {Entry} entry */
const bytesOf = (entry) => encoder.encode(JSON.stringify(entry)).length + 1;

/** The entries from the first on that fit into one body; always at least one. @param {Entry[]} entries @param {number} room */
function fitting(entries, room) {
  let bytes = 200;
  let count = 0;
  for (const entry of entries) {
    bytes += bytesOf(entry);
    if (count > 0 && bytes > room) break;
    count += 1;
  }
  return { batch: entries.slice(0, count), bytes };
}

/** An answer of the server that is no success. */
export class Refusal extends Error {
  /** @param {number} status @param {{type?: string, detail?: string, expected?: number}} problem @param {number|null} retryAfterMs */
  constructor(status, problem, retryAfterMs = null) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = (problem.type ?? "").split("/").pop() ?? "";
    this.expected = problem.expected;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * One JSON request to the player's API.
 * @param {string} path @param {string} token @param {unknown} body @param {{keepalive?: boolean}} options
 * @returns {Promise<any>}
 */
export async function post(path, token, body = undefined, { keepalive = false } = {}) {
  const response = await fetch(path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
    keepalive,
    signal: keepalive ? undefined : AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.ok) return response.status === 204 ? {} : response.json();
  const problem = await response.json().catch(() => ({}));
  const after = Number(response.headers.get("retry-after"));
  throw new Refusal(response.status, problem, after > 0 ? after * 1_000 : null);
}

/**
 * @typedef {object} QueueEvents
 * @property {(state: {saved: boolean, at: Date|null, offline: boolean}) => void} onSaved
 * @property {() => void} onTakenOver    another start has closed this session
 * @property {(why: Refusal) => void} onRefused  the server will not take the journal; the page must stop
 * @property {(token: string) => void} onToken   a renewed token
 * @property {() => {active_ms: number, wall_ms: number}} times
 */

export class CommitQueue {
  /** @type {Entry[]} not yet acknowledged, in order */
  #pending = [];
  #next;
  #token;
  #sending = false;
  #leaving = false;
  #stopped = false;
  #failures = 0;
  /** @type {number|undefined} */
  #timer;
  #timerAt = Infinity;
  /** @type {Array<() => void>} */
  #waiting = [];
  /** @type {Date|null} */
  #savedAt = null;
  #lastTimes = -1;

  /**
   * @param {JournalStore} store
   * @param {{sessionId: string, registrationId: string, token: string, nextNumber: number}} session
   * @param {QueueEvents} events
   */
  constructor(store, session, events) {
    this.store = store;
    this.session = session;
    this.events = events;
    this.#next = session.nextNumber;
    this.#token = session.token;
    this.#remember();
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#sendLast();
    });
    addEventListener("pagehide", () => {
      this.#leaving = true;
      this.#sendLast();
    });
    setInterval(() => this.#heartbeat(), HEARTBEAT_MS);
  }

  /** The session's token as it is now. */
  get token() {
    return this.#token;
  }

  /** Whether everything is acknowledged. */
  get saved() {
    return this.#pending.length === 0;
  }

  /** Adds one event. @param {number} atMs @param {{event: string, [field: string]: unknown}} event */
  push(atMs, event) {
    if (this.#stopped) return;
    const entry = { number: this.#next++, at_ms: atMs, ...event };
    this.#pending.push(entry);
    this.store.put(this.session.sessionId, entry);
    if (this.#leaving) {
      // The page is going: what content says in its own last handlers goes out as one more batch.
      queueMicrotask(() => this.#sendLast());
    } else {
      this.#schedule(DEBOUNCE_MS);
    }
    if (this.#pending.length === 1) this.#tell();
  }

  /** Sends what there is, now. */
  flush() {
    if (this.#leaving) this.#sendLast();
    else this.#schedule(0);
  }

  /** Resolves when the server has everything. */
  async settled() {
    if (this.saved) return;
    this.flush();
    await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
  }

  /** No more journal of this session. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** @param {number} delay */
  #schedule(delay) {
    const at = performance.now() + delay;
    if (this.#stopped || this.#sending || at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      void this.#send();
    }, delay);
  }

  async #send() {
    if (this.#sending || this.#stopped || this.saved) return;
    this.#sending = true;
    let again = 0;
    try {
      const { batch, bytes } = fitting(this.#pending, BATCH_BYTES);
      await this.#post(batch, bytes <= BATCH_BYTES && this.#leaving);
      this.#failures = 0;
    } catch (error) {
      again = await this.#mend(error);
    }
    this.#sending = false;
    if (!this.saved) this.#schedule(again);
    this.#tell();
  }

  /** @param {Entry[]} entries @param {boolean} keepalive */
  async #post(entries, keepalive) {
    const times = this.events.times();
    const body = { session_id: this.session.sessionId, entries, ...times };
    const answer = await post("/play/api/journal", this.#token, body, { keepalive });
    this.#lastTimes = times.active_ms;
    this.#acknowledge(answer);
  }

  /** @param {{acknowledged: number, saved_at?: string, token?: string}} answer */
  #acknowledge(answer) {
    this.#pending = this.#pending.filter((entry) => entry.number > answer.acknowledged);
    this.store.acknowledged(this.session.sessionId, answer.acknowledged);
    this.#savedAt = answer.saved_at ? new Date(answer.saved_at) : new Date();
    if (answer.token) this.#renewed(answer.token);
    if (!this.saved) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** After a failed send: what to do, and in how many milliseconds to try again. @param {unknown} error */
  async #mend(error) {
    this.#failures += 1;
    const pause = RETRY_MS[Math.min(this.#failures - 1, RETRY_MS.length - 1)] * (0.75 + Math.random() / 2);
    if (!(error instanceof Refusal)) return pause;
    if (error.status === 401) return (await this.#renew()) ? 0 : pause;
    if (error.code === "journal-gap" && this.#rewind(error.expected)) return pause;
    if (error.status === 409 && error.code !== "journal-gap") {
      this.stop();
      this.events.onTakenOver();
      return pause;
    }
    const hopeless = [400, 403, 404, 409, 410, 413, 422].includes(error.status) && this.#failures > 3;
    if (hopeless) {
      this.stop();
      this.events.onRefused(error);
    }
    return Math.max(pause, error.retryAfterMs ?? 0);
  }

  /** Whether the server's next expected entry is among those we hold. @param {number|undefined} expected */
  #rewind(expected) {
    return expected !== undefined && this.#pending.some((entry) => entry.number === expected);
  }

  async #renew() {
    try {
      this.#renewed((await post("/play/api/token", this.#token)).token);
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) {
        this.stop();
        this.events.onTakenOver();
      } else if (error instanceof Refusal && error.status === 401 && this.#failures > 2) {
        this.stop();
        this.events.onRefused(error);
      }
      return false;
    }
  }

  /** @param {string} token */
  #renewed(token) {
    this.#token = token;
    this.events.onToken(token);
  }

  #remember() {
    this.store.remember({
      session_id: this.session.sessionId,
      registration_id: this.session.registrationId,
      ...this.events.times(),
      touched_at: Date.now(),
    });
  }

  /** The page may not live on: everything that fits goes out with keepalive, all of it stays on the device. */
  #sendLast() {
    if (this.#stopped || (this.saved && this.events.times().active_ms === this.#lastTimes)) return;
    this.store.spill(this.session.sessionId, this.#pending);
    const { batch, bytes } = fitting(this.#pending, BATCH_BYTES);
    this.#post(batch, bytes <= BATCH_BYTES)
      .then(() => {
        this.store.spill(this.session.sessionId, this.#pending);
        this.#tell();
      })
      .catch(() => this.#schedule(DEBOUNCE_MS));
  }

  /** Time in use and the token stay fresh while content is silent. */
  #heartbeat() {
    if (this.#stopped || this.#sending || !this.saved || this.events.times().active_ms === this.#lastTimes) return;
    this.#post([], false).catch((error) => this.#mend(error));
  }

  #tell() {
    this.events.onSaved({ saved: this.saved, at: this.#savedAt, offline: this.#failures > 0 });
  }
}

/**
 * Sends what earlier pages of this registration could not: sessions whose tab died, or that ended
 * without a network. Other registrations' wait for their own launch: no token is kept on the device,
 * where content could read it.
 * @param {JournalStore} store
 * @param {string} token  this launch's token, good for earlier sessions of the same registration
 */
export async function sendLeftovers(store, token) {
  const registration = registrationOf(token);
  const sessions = await store.sessions();
  for (const session of sessions.filter((kept) => kept.registration_id === registration)) {
    const entries = await store.entries(session.session_id);
    const idle = Date.now() - session.touched_at;
    const finished = entries.length === 0 || (await sendOne(session, entries, token));
    // A tab may still be at work on it: its record stays for a day, what is sent goes at once.
    if (idle > (finished ? DAY_MS : KEEP_MS)) store.forget(session.session_id);
    else if (finished && entries.length > 0) store.sent(session.session_id, entries[entries.length - 1].number);
  }
}

/** The registration a token is for. @param {string} token @returns {string|null} */
function registrationOf(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)).registration ?? null;
  } catch {
    return null;
  }
}

/**
 * @param {import("./journal-store.js").KeptSession} session @param {Entry[]} entries @param {string} token
 * @returns {Promise<boolean>} whether nothing of it needs keeping
 */
async function sendOne(session, entries, token) {
  const { session_id, active_ms, wall_ms } = session;
  let rest = entries;
  while (rest.length > 0) {
    const { batch } = fitting(rest, BATCH_BYTES);
    try {
      const answer = await post("/play/api/journal", token, { session_id, entries: batch, active_ms, wall_ms });
      rest = rest.filter((entry) => entry.number > Math.max(answer.acknowledged, batch[0].number));
    } catch (error) {
      if (!(error instanceof Refusal)) return false;
      // Only a closed session's word is final: anything else is tried again at the next launch.
      return error.code === "session-closed";
    }
  }
  return true;
}
