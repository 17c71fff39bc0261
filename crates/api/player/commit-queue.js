// @ts-check
//! The way of the journal to the server: numbered entries, kept on the device until acknowledged,
//! sent in small batches, sent again when the network was gone. Knows no rule of any standard.
//!
//! Whatever wants something sent (content's calls, a commit, the heartbeat, a question) asks `#schedule`,
//! the only place that sets the one timer: at most one request at a time, none during the pause that
//! follows a failure, none while the server has asked for quiet. Only the last requests of a page that
//! is going do not wait for the timer: there may be no later.

import { LastPost } from "./last-post.js";
import { Refusal, post, send } from "./post.js";

/** @import { KeptLine } from "./types.js" */
/** @import { JournalStore } from "./journal-store.js" */
/** @import { Seal } from "./seal.js" */

/** Largest body of an ordinary batch: small ones arrive on poor lines. */
const BATCH_BYTES = 60_000;
/** Room for what stands around the entries in a body. */
const AROUND_BYTES = 200;
const DEBOUNCE_MS = 250;
const HEARTBEAT_MS = 60_000;
const TIMEOUT_MS = 20_000;
const HINT_PAUSE_MS = 1_000;
/** Pauses after one failure, two, three …; what begins again at one time is spread by a quarter each way. */
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** A server that asks for more quiet than that is asked again all the same: work is waiting. */
const LONGEST_QUIET_MS = 5 * 60_000;

const encoder = new TextEncoder();

/** @typedef {{number: number, text: string, bytes: number, kept: KeptLine, underWay: boolean}} Pending  An entry as JSON; under way in a request that outlives the page. */

/** The entries from the first on that fit into one body; always at least one. @param {Pending[]} entries @param {number} room */
function fitting(entries, room) {
  let bytes = AROUND_BYTES;
  let count = 0;
  for (const entry of entries) {
    if (count > 0 && bytes + entry.bytes > room) break;
    bytes += entry.bytes;
    count += 1;
  }
  return { batch: entries.slice(0, count), bytes };
}

/**
 * @typedef {object} QueueEvents
 * @property {(state: {saved: boolean, at: Date|null, offline: boolean}) => void} onSaved
 * @property {(reason?: string) => void} onTakenOver  this session was closed from outside: how
 * @property {(why: Refusal) => void} onRefused  the server will not take the journal; the page must stop
 * @property {(token: string) => void} onToken   a renewed token
 * @property {() => {active_ms: number, wall_ms: number}} times
 */

export class CommitQueue {
  /** @type {Pending[]} not yet acknowledged, in order */
  #pending = [];
  #next;
  #token;
  #seal;
  #kept;
  #lastPost = new LastPost();
  #sending = false;
  #leaving = false;
  #lastIsDue = false;
  #stopped = false;
  /** A request is due though no entry waits: to tell the time in use, or to hear whose the session is. */
  #asked = false;
  #hinted = false;
  /** What is wanted while a request is under way is wanted at once. */
  #hurry = false;
  #failures = 0;
  /** How often in a row the server would not have it, as against could not. */
  #refusals = 0;
  /** A renewed token was refused too. */
  #renewedInVain = false;
  /** @type {number|undefined} */
  #timer;
  #timerAt = Infinity;
  /** After a failure nothing is sent until then. */
  #pauseUntil = 0;
  /** The server asked to be left alone until then. */
  #quietUntil = 0;
  /** @type {Array<() => void>} */
  #waiting = [];
  /** @type {Date|null} */
  #savedAt = null;
  #lastTimes = -1;

  /**
   * @param {JournalStore} store
   * @param {{sessionId: string, registrationId: string, token: string, nextNumber: number, seal: Seal}} session
   * @param {QueueEvents} events
   */
  constructor(store, session, events) {
    this.store = store;
    this.sessionId = session.sessionId;
    this.events = events;
    this.#next = session.nextNumber;
    this.#token = session.token;
    this.#seal = session.seal;
    this.#kept = { session_id: session.sessionId, registration_id: session.registrationId, touched_at: Date.now() };
    // What an earlier page of the session left was offered before: its numbers are this page's now.
    store.forget(this.#kept);
    store.remember(this.#kept);
    addEventListener("online", () => {
      this.#pauseUntil = 0;
      this.flush();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#hidden();
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

  /** The session as the device keeps it. */
  get kept() {
    return this.#kept;
  }

  /** Whether everything is acknowledged. */
  get saved() {
    return this.#pending.length === 0;
  }

  /** New content has been put into the page. */
  contentShown() {
    this.#lastPost.follow();
  }

  /** Adds one event. @param {number} atMs @param {{event: string, [field: string]: unknown}} event */
  push(atMs, event) {
    if (this.#stopped) return;
    const number = this.#next++;
    const text = JSON.stringify({ number, at_ms: atMs, ...event });
    const { active_ms, wall_ms } = this.events.times();
    const line = `{"entry":${text},"active_ms":${active_ms},"wall_ms":${wall_ms}}`;
    const kept = { line, code: this.#seal.code("line", line) };
    this.#pending.push({ number, text, bytes: encoder.encode(text).length + 1, kept, underWay: false });
    this.store.put(this.sessionId, number, kept);
    if (this.#leaving) this.#sendLastSoon();
    else this.#schedule(DEBOUNCE_MS);
    if (this.#pending.length === 1) this.#tell();
  }

  /** Sends what there is, now. */
  flush() {
    if (this.#leaving) this.#sendLastSoon();
    else this.#schedule(0);
  }

  /** Resolves when the server has everything. */
  async settled() {
    if (this.saved) return;
    this.flush();
    await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
  }

  /** Asks the server whether the session is still this page's; at most once a second. */
  ask() {
    if (this.#hinted) return;
    this.#hinted = true;
    setTimeout(() => { this.#hinted = false; }, HINT_PAUSE_MS);
    this.#asked = true;
    this.#schedule(0);
  }

  /** No more journal of this session. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Whether there is something to send. What a last request carries comes back with its answer. */
  get #isDue() {
    return this.#asked || (!this.saved && !this.#pending[0].underWay);
  }

  /** When the next request may go, at the soonest. */
  get #soonest() {
    return Math.max(this.#pauseUntil, this.#quietUntil);
  }

  /** The next request goes after so long, or when it may. @param {number} delay */
  #schedule(delay) {
    if (this.#stopped) return;
    if (this.#sending) {
      this.#hurry ||= delay === 0;
      return;
    }
    const now = performance.now();
    const at = Math.max(now + delay, this.#soonest);
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      void this.#send();
    }, Math.ceil(at - now));
  }

  async #send() {
    if (this.#sending || this.#stopped || !this.#isDue) return;
    // A last request may have failed since the timer was set.
    if (performance.now() < this.#soonest) {
      this.#schedule(0);
      return;
    }
    this.#sending = true;
    this.#asked = false;
    this.#hurry = false;
    const { batch } = fitting(this.#pending[0]?.underWay ? [] : this.#pending, BATCH_BYTES);
    const isAll = batch.length === this.#pending.length;
    try {
      await this.#post(batch);
      this.#well();
    } catch (error) {
      await this.#mend(error);
    }
    this.#sending = false;
    if (this.#isDue) this.#schedule(this.#hurry || !isAll ? 0 : DEBOUNCE_MS);
    this.#tell();
  }

  /** @param {Pending[]} entries @param {boolean} last */
  #body(entries, last) {
    const { active_ms, wall_ms } = this.events.times();
    const texts = entries.map(({ text }) => text).join(",");
    return `{"session_id":"${this.sessionId}","last":${last},"active_ms":${active_ms},"wall_ms":${wall_ms},"entries":[${texts}]}`;
  }

  /** @param {Pending[]} entries */
  async #post(entries) {
    const { active_ms } = this.events.times();
    const answer = await send("/play/api/journal", this.#token, this.#body(entries, false));
    this.#lastTimes = active_ms;
    this.#acknowledge(answer);
  }

  /** @param {{acknowledged: number, saved_at?: string, token?: string}} answer */
  #acknowledge(answer) {
    this.#pending = this.#pending.filter((entry) => entry.number > answer.acknowledged);
    this.store.acknowledged(this.sessionId, answer.acknowledged);
    this.#savedAt = answer.saved_at ? new Date(answer.saved_at) : new Date();
    if (answer.token) this.#renewed(answer.token);
    if (!this.saved) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** A request arrived. */
  #well() {
    this.#failures = 0;
    this.#refusals = 0;
    this.#pauseUntil = 0;
    this.#renewedInVain = false;
  }

  /** After a failed request: what to do, and how long to pause. @param {unknown} error */
  async #mend(error) {
    this.#pause(error instanceof Refusal && error.status < 500);
    if (!(error instanceof Refusal)) return;
    this.#hush(error);
    if (error.status === 401) return this.#renew();
    if (error.code === "journal-gap" && this.#rewind(error.expected)) return;
    if (error.status === 409 && error.code !== "journal-gap") {
      this.stop();
      this.events.onTakenOver(error.reason);
      return;
    }
    const hopeless = [400, 403, 404, 409, 410, 413, 422].includes(error.status) && this.#refusals > 3;
    if (hopeless) {
      this.stop();
      this.events.onRefused(error);
    }
  }

  /** Requests that were under way together and failed are one failure. @param {boolean} isRefused */
  #pause(isRefused) {
    const now = performance.now();
    if (now < this.#pauseUntil) return;
    this.#failures += 1;
    this.#refusals = isRefused ? this.#refusals + 1 : 0;
    const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1];
    this.#pauseUntil = now + pause * (0.75 + Math.random() / 2);
  }

  /** The server may say how long it wants to be left alone. @param {Refusal} refusal */
  #hush({ retryAfterMs }) {
    const until = performance.now() + Math.min(retryAfterMs ?? 0, LONGEST_QUIET_MS);
    this.#quietUntil = Math.max(this.#quietUntil, until);
  }

  /** Whether the server's next expected entry is among those we hold. @param {number|undefined} expected */
  #rewind(expected) {
    return expected !== undefined && this.#pending.some((entry) => entry.number === expected);
  }

  async #renew() {
    try {
      this.#renewed((await post("/play/api/token", this.#token)).token);
      if (!this.#renewedInVain) this.#pauseUntil = 0;
      this.#renewedInVain = true;
    } catch (error) {
      if (!(error instanceof Refusal)) return;
      this.#hush(error);
      if (error.status === 409) {
        this.stop();
        this.events.onTakenOver(error.reason);
      } else if (error.status === 401 && this.#refusals > 2) {
        this.stop();
        this.events.onRefused(error);
      }
    }
  }

  /** @param {string} token */
  #renewed(token) {
    this.#token = token;
    this.events.onToken(token);
  }

  /** The page is going: one request for all that content says in one of its last handlers. */
  #sendLastSoon() {
    if (this.#lastIsDue) return;
    this.#lastIsDue = true;
    // Microtasks run when the handler is through, before the next one.
    queueMicrotask(() => {
      this.#lastIsDue = false;
      this.#sendLast();
    });
  }

  /** The page is out of sight and may not come back. If it is only that, the quiet holds: its work lies on the device. */
  #hidden() {
    if (performance.now() < this.#quietUntil) this.store.spill(this.#kept, this.#pending);
    else this.#sendLast();
  }

  /**
   * The page may not live on: what no such request carries yet goes out in requests that outlive it, and
   * all of it stays on the device until the server has it.
   */
  #sendLast() {
    if (this.#stopped) return;
    let rest = this.#pending.filter((entry) => !entry.underWay);
    if (rest.length === 0 && this.events.times().active_ms === this.#lastTimes) return;
    this.store.spill(this.#kept, this.#pending);
    do {
      const { batch } = fitting(rest, this.#lastPost.room);
      void this.#sendLastBatch(batch);
      rest = rest.slice(batch.length);
    } while (rest.length > 0);
  }

  /** @param {Pending[]} batch */
  async #sendLastBatch(batch) {
    const body = this.#body(batch, true);
    const { active_ms } = this.events.times();
    this.#lastTimes = active_ms;
    const mark = (/** @type {boolean} */ underWay) => { for (const entry of batch) entry.underWay = underWay; };
    mark(true);
    const late = setTimeout(() => this.#landed(mark), TIMEOUT_MS);
    try {
      this.#acknowledge(await this.#lastPost.send("/play/api/journal", this.#token, body, encoder.encode(body).length));
      this.#well();
      this.store.spill(this.#kept, this.#pending);
    } catch (error) {
      this.#lastTimes = -1;
      await this.#mend(error);
    }
    clearTimeout(late);
    this.#landed(mark);
  }

  /** A last request is over and the page lives: what it did not bring goes the ordinary way. @param {(underWay: boolean) => void} mark */
  #landed(mark) {
    mark(false);
    if (!this.saved) this.#schedule(DEBOUNCE_MS);
    this.#tell();
  }

  /** Time in use and the token stay fresh while content is silent. */
  #heartbeat() {
    if (!this.saved || this.events.times().active_ms === this.#lastTimes) return;
    this.#asked = true;
    this.#schedule(0);
  }

  #tell() {
    this.events.onSaved({ saved: this.saved, at: this.#savedAt, offline: this.#failures > 0 });
  }
}
