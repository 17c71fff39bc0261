// @ts-check
//! The panel in the place of content: what the page says in words when no content is shown.

import { t } from "./i18n.js";

/** @typedef {{label: string, href?: string, run?: () => void, primary?: boolean}} Action */

/** @template {HTMLElement} T @param {string} id @returns {T} */
export function byId(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/**
 * Says something in the content's place.
 * @param {string} title  key of a text @param {string} text  key of a text, or empty
 * @param {{actions?: Action[], busy?: boolean, focus?: boolean, values?: Record<string, string>}} options
 */
export function say(title, text, { actions = [], busy = false, focus = false, values = {} } = {}) {
  byId("panel").hidden = false;
  byId("spinner").hidden = !busy;
  byId("panel-title").textContent = t(title, values);
  byId("panel-text").textContent = text && t(text, values);
  byId("panel-text").hidden = !text;
  byId("panel-actions").replaceChildren(...actions.map(draw));
  byId("panel-actions").hidden = actions.length === 0;
  if (focus) byId("panel-title").focus();
}

/** Why a link opens nothing, as the key of a text. @param {import("./post.js").Refusal} refusal */
export function notOpened({ code }) {
  if (code === "link-used") return "link_used";
  return code === "link-expired" ? "link_expired" : "no_link";
}

/** Makes room for content. */
export function hush() {
  byId("panel").hidden = true;
}

/** Content could not be fetched: again as soon as the network is back, or when the learner says so. @param {() => void} again */
export function offerAgain(again) {
  const retry = () => {
    window.removeEventListener("online", retry);
    // Something else is said by now, or shown: the learner went on.
    if (byId("panel").hidden || byId("panel-title").textContent !== t("unreachable")) return;
    hush();
    again();
  };
  window.addEventListener("online", retry);
  say("unreachable", "unreachable_text", { actions: [{ label: "retry", primary: true, run: retry }], focus: true });
}

/** Speaks to screen readers, without moving the focus. @param {string} text */
export function announce(text) {
  byId("live").textContent = text;
}

/** A message above the content, until dismissed. @param {string} key */
export function notify(key) {
  const notice = byId("notice");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet";
  close.textContent = t("close");
  close.addEventListener("click", () => { notice.hidden = true; });
  notice.replaceChildren(t(key), close);
  notice.hidden = false;
}

/** @param {Action} action */
function draw({ label, href, run, primary }) {
  const control = document.createElement(href ? "a" : "button");
  control.className = `button ${primary ? "primary" : "outline"}`;
  control.textContent = t(label);
  if (control instanceof HTMLAnchorElement && href) control.href = href;
  if (control instanceof HTMLButtonElement) control.type = "button";
  if (run) control.addEventListener("click", run);
  return control;
}
