// @ts-check
//! What the server has not acknowledged yet, kept on this device: IndexedDB while the page lives,
//! localStorage for the last moment of a page (it is synchronous), memory where neither is allowed.
//!
//! Content of every course can read and write what lies here. So nothing read back is believed: lines
//! carry a code that the server checks, and whatever has another shape is passed over.

/** @import { Entry, KeptLine } from "./types.js" */

/** @typedef {{session_id: string, registration_id: string, touched_at: number}} KeptSession */

/** @typedef {{number: number, kept?: KeptLine, entry?: Entry}} Found  A line, or an entry of before lines had codes. */

const DATABASE = "percorso";
const SPILL = "percorso-journal:";
/** Whoever holds the database up does not hold up the course. */
const OPEN_MS = 3_000;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {string} sessionId */
const range = (sessionId, upTo = Infinity) => IDBKeyRange.bound([sessionId, 0], [sessionId, upTo]);

/** @param {any} value @returns {value is KeptLine} */
const isLine = (value) => typeof value?.line === "string" && typeof value.code === "string";

/** @param {any} value @returns {value is KeptSession} */
const isSession = (value) => typeof value?.session_id === "string" && typeof value.registration_id === "string";

/** A row of the database or of the last moment. @param {any} row @returns {Found[]} */
function found(row) {
  if (isLine(row?.kept) && Number.isInteger(row.number)) return [{ number: row.number, kept: row.kept }];
  const entry = row?.entry;
  return typeof entry?.event === "string" && Number.isInteger(entry.number) ? [{ number: entry.number, entry }] : [];
}

export class JournalStore {
  /** @type {IDBDatabase|null} */
  #db = null;

  /** Opens the store; without IndexedDB it keeps nothing but the last moment. */
  static async open() {
    const store = new JournalStore();
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("entries", { keyPath: ["session_id", "number"] });
        request.result.createObjectStore("sessions", { keyPath: "session_id" });
      };
      const late = new Promise((_, reject) => setTimeout(() => reject(new Error("the database does not open")), OPEN_MS));
      const db = await Promise.race([done(request), /** @type {Promise<never>} */ (late)]);
      store.#db = db;
      db.onversionchange = () => db.close();
    } catch (error) {
      console.warn("percorso: this browser keeps no journal on the device", error);
    }
    return store;
  }

  /**
   * @param {"entries"|"sessions"} name
   * @param {IDBTransactionMode} mode
   * @returns {IDBObjectStore|null}
   */
  #open(name, mode) {
    try {
      return this.#db?.transaction(name, mode, { durability: "relaxed" }).objectStore(name) ?? null;
    } catch {
      return null;
    }
  }

  /** @param {KeptSession} session */
  remember(session) {
    this.#open("sessions", "readwrite")?.put(session);
  }

  /** @param {string} sessionId @param {number} number @param {KeptLine} kept */
  put(sessionId, number, kept) {
    this.#open("entries", "readwrite")?.put({ session_id: sessionId, number, kept });
  }

  /** Forgets what the server has. @param {string} sessionId @param {number} upTo */
  acknowledged(sessionId, upTo) {
    this.#open("entries", "readwrite")?.delete(range(sessionId, upTo));
  }

  /** Forgets what was sent for a page that is gone. @param {KeptSession} session @param {number} upTo */
  sent(session, upTo) {
    this.acknowledged(session.session_id, upTo);
    this.spill(session, []);
  }

  /** Forgets a session altogether. @param {KeptSession} session */
  forget(session) {
    this.#open("entries", "readwrite")?.delete(range(session.session_id));
    this.#open("sessions", "readwrite")?.delete(session.session_id);
    this.spill(session, []);
  }

  /** All of which something may be kept: also those of which only the last moment is. @returns {Promise<KeptSession[]>} */
  async sessions() {
    const sessions = this.#open("sessions", "readonly");
    const kept = sessions ? (await done(sessions.getAll())).filter(isSession) : [];
    const spilled = spills().filter(({ session_id }) => kept.every((session) => session.session_id !== session_id));
    return [...kept, ...spilled];
  }

  /**
   * All that is kept of a session, by number: of one number there may be several, of which the server
   * tells the true one.
   * @param {string} sessionId @returns {Promise<Found[]>}
   */
  async lines(sessionId) {
    const entries = this.#open("entries", "readonly");
    const rows = entries ? await done(entries.getAll(range(sessionId))) : [];
    return [...rows, ...this.#spilled(sessionId)].flatMap(found).sort((a, b) => a.number - b.number);
  }

  /** Writes the last moment at once; an empty list clears it. @param {KeptSession} session @param {Array<{number: number, kept: KeptLine}>} lines */
  spill({ session_id, registration_id, touched_at }, lines) {
    try {
      const rows = lines.map(({ number, kept }) => ({ number, kept }));
      if (rows.length) localStorage.setItem(SPILL + session_id, JSON.stringify({ session_id, registration_id, touched_at, rows }));
      else localStorage.removeItem(SPILL + session_id);
    } catch {
      // Full or not allowed: IndexedDB and the last requests remain.
    }
  }

  /** Rows as in the database; entries alone are those of before lines had codes. @param {string} sessionId @returns {any[]} */
  #spilled(sessionId) {
    const spill = spilled(SPILL + sessionId);
    const rows = Array.isArray(spill) ? spill : spill?.rows;
    return Array.isArray(rows) ? rows.map((row) => (row?.kept ? row : { entry: row })) : [];
  }
}

/** The sessions that say of themselves whose they are. @returns {KeptSession[]} */
function spills() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(SPILL)).map(spilled).filter(isSession);
  } catch {
    return [];
  }
}

/** What was written in a page's last moment. @param {string} key @returns {any} */
function spilled(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}
