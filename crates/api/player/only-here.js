// @ts-check
//! Only one page may write a session, and only one session is open of a registration. Pages of one
//! browser tell each other on a channel that content can hear and speak on too: a word that no page
//! can prove is a hint, and the server is asked.

/** @import { Seal } from "./seal.js" */

const CHANNEL = "percorso";
const PURPOSE = "opened";

/**
 * Says that this page has opened a session, and listens for later ones.
 * @param {{session_id: string, registration_id: string}} session
 * @param {Seal} seal  which only pages of this very session have
 * @param {{onCopied: () => void, onHint: () => void}} events  a copy of this page has taken the session over; another session may have
 */
export function onlyHere({ session_id, registration_id }, seal, { onCopied, onHint }) {
  const openedAt = Date.now();
  const code = (/** @type {number} */ at) => seal.code(PURPOSE, `${session_id} ${at}`);
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }) => {
    if (data?.registration_id !== registration_id) return;
    if (data.session_id !== session_id) onHint();
    // Later than this page: a word heard before and said again stops nobody.
    else if (data.opened_at > openedAt && data.code === code(data.opened_at)) onCopied();
  });
  channel.postMessage({ session_id, registration_id, opened_at: openedAt, code: code(openedAt) });
}
