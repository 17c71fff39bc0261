// @ts-check
//! What earlier pages of a registration could not send: sessions whose tab died, or that ended without
//! a network. Other registrations' wait for their own launch: no token is kept on the device, where
//! content could read it.

import { Refusal, post } from "./post.js";

/** @import { Found, JournalStore, KeptSession } from "./journal-store.js" */

/** Largest body: what is sent arrives, or is sent again, in small pieces. */
const BODY_BYTES = 60_000;
const DAY_MS = 86_400_000;
const KEEP_MS = 30 * DAY_MS;

/**
 * Sends what is kept of the token's registration. What the server refuses for a reason that will not pass
 * stays for a later launch; a server that cannot be reached now is an error, for a session that begins
 * before its forerunner's work has come would close it.
 * @param {JournalStore} store
 * @param {string} token  this launch's token, good for earlier sessions of the same registration
 */
export async function sendLeftovers(store, token) {
  const registration = registrationOf(token);
  const sessions = await store.sessions();
  for (const session of sessions.filter((kept) => kept.registration_id === registration)) {
    const lines = await store.lines(session.session_id);
    const idle = Date.now() - Number(session.touched_at);
    const finished = lines.length === 0 || (await sendOne(session, lines, token));
    // A tab may still be at work on it: its record stays for a day, what is sent goes at once.
    if (!(idle <= (finished ? DAY_MS : KEEP_MS))) store.forget(session);
    else if (finished && lines.length > 0) store.sent(session, lines[lines.length - 1].number);
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

/** The first lines that go into one body, all of a number together; at least one. @param {Found[]} lines */
function fitting(lines) {
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    bytes += JSON.stringify(line).length;
    const again = count > 0 && line.number === lines[count - 1].number;
    if (count > 0 && bytes > BODY_BYTES && !again) break;
    count += 1;
  }
  return lines.slice(0, count);
}

/**
 * @param {KeptSession} session @param {Found[]} lines @param {string} token
 * @returns {Promise<boolean>} whether nothing of it needs keeping
 */
async function sendOne({ session_id }, lines, token) {
  let rest = lines;
  while (rest.length > 0) {
    const batch = fitting(rest);
    const kept = batch.flatMap((line) => line.kept ?? []);
    const entries = kept.length ? [] : batch.flatMap((line) => line.entry ?? []);
    try {
      const answer = await post("/play/api/journal", token, { session_id, kept, entries });
      rest = rest.filter((line) => line.number > Math.max(answer.acknowledged, batch[0].number));
    } catch (error) {
      if (!(error instanceof Refusal) || mayPass(error.status)) throw error;
      // Only a closed session's word is final: anything else is tried again at the next launch.
      return error.code === "session-closed";
    }
  }
  return true;
}

/** Whether the same request may be taken in a while, or with another token. @param {number} status */
const mayPass = (status) => status >= 500 || [401, 408, 425, 429].includes(status);
