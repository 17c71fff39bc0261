// @ts-check
//! What the server has not acknowledged yet, kept on this device: IndexedDB while the page lives,
//! localStorage for the last moment of a page (it is synchronous), memory where neither is allowed.

/** @import { Entry } from "./types.js" */

/** @typedef {{session_id: string, registration_id: string, active_ms: number, wall_ms: number, touched_at: number}} KeptSession */

const DATABASE = "percorso";
const SPILL = "percorso-journal:";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {string} sessionId */
const range = (sessionId, upTo = Infinity) => IDBKeyRange.bound([sessionId, 0], [sessionId, upTo]);

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
      store.#db = await done(request);
      store.#db.onversionchange = () => store.#db?.close();
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

  /** @param {string} sessionId @param {Entry} entry */
  put(sessionId, entry) {
    this.#open("entries", "readwrite")?.put({ session_id: sessionId, number: entry.number, entry });
  }

  /** Forgets what the server has. @param {string} sessionId @param {number} upTo */
  acknowledged(sessionId, upTo) {
    this.#open("entries", "readwrite")?.delete(range(sessionId, upTo));
  }

  /** Forgets what was sent for a page that is gone. @param {string} sessionId @param {number} upTo */
  sent(sessionId, upTo) {
    this.acknowledged(sessionId, upTo);
    this.spill(sessionId, []);
  }

  /** Forgets a session altogether. @param {string} sessionId */
  forget(sessionId) {
    this.#open("entries", "readwrite")?.delete(range(sessionId));
    this.#open("sessions", "readwrite")?.delete(sessionId);
    this.spill(sessionId, []);
  }

  /** @returns {Promise<KeptSession[]>} */
  async sessions() {
    const sessions = this.#open("sessions", "readonly");
    return sessions ? done(sessions.getAll()) : [];
  }

  /** Every entry still kept of a session, in order. @param {string} sessionId @returns {Promise<Entry[]>} */
  async entries(sessionId) {
    const kept = new Map(this.#spilled(sessionId).map((entry) => [entry.number, entry]));
    const entries = this.#open("entries", "readonly");
    for (const row of entries ? await done(entries.getAll(range(sessionId))) : []) kept.set(row.number, row.entry);
    return [...kept.values()].sort((a, b) => a.number - b.number);
  }

  /** Writes the last moment at once; an empty list clears it. @param {string} sessionId @param {Entry[]} entries */
  spill(sessionId, entries) {
    try {
      if (entries.length) localStorage.setItem(SPILL + sessionId, JSON.stringify(entries));
      else localStorage.removeItem(SPILL + sessionId);
    } catch {
      // Full or not allowed: IndexedDB and the beacon remain.
    }
  }

  /** @param {string} sessionId @returns {Entry[]} */
  #spilled(sessionId) {
    try {
      return JSON.parse(localStorage.getItem(SPILL + sessionId) ?? "[]");
    } catch {
      return [];
    }
  }
}
