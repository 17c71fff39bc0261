// @ts-check
//! The frame of the author's preview panel: a title, tabs, and what is in each.

import { t } from "./i18n.js";

/** @param {string} tag @param {Record<string, string>} attributes @param {...(Node|string)} children */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {number|string} at */
export const clock = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour12: false });

/** @param {boolean|null|undefined} fact */
export const known = (fact) => t(fact === true ? "yes" : fact === false ? "no" : "unknown");

/** @param {number|null} measure */
export const number = (measure) => (measure === null ? "" : String(Math.round(measure * 1000) / 1000));

/** @param {string[]} heads @param {string} caption */
export function table(heads, caption) {
  const head = make("tr", {}, ...heads.map((key) => make("th", { scope: "col" }, t(key))));
  const body = make("tbody");
  const whole = make("table", {}, make("caption", { class: "sr-only" }, t(caption)), make("thead", {}, head), body);
  return { whole, body };
}

/** A box that hides all lines of a table but the failed ones. @param {HTMLElement} whole */
export function onlyErrors(whole) {
  const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox" }));
  box.addEventListener("change", () => whole.toggleAttribute("data-only-errors", box.checked));
  return make("label", { class: "only" }, box, ` ${t("only_errors")}`);
}

/** The panel beside the course. */
export class Tabs {
  /** The tab that is shown. */
  current = "";
  /** @type {Map<string, {button: HTMLElement, panel: HTMLElement}>} */
  #tabs = new Map();

  /** @param {Record<string, Node>} panels  by key of its name @param {() => void} onShow  another tab is shown */
  constructor(panels, onShow) {
    this.onShow = onShow;
    const bar = make("div", { role: "tablist", "aria-label": t("preview") });
    const aside = make("aside", { class: "inspector", "aria-labelledby": "inspector-title" },
      make("h2", { id: "inspector-title" }, t("preview")), make("p", {}, t("preview_text")), bar);
    for (const [key, content] of Object.entries(panels)) {
      const button = make("button", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `inspect-${key}` }, t(key));
      const panel = make("div", { role: "tabpanel", id: `inspect-${key}`, "aria-labelledby": `tab-${key}`, tabindex: "0" }, content);
      button.addEventListener("click", () => this.show(key));
      bar.append(button);
      aside.append(panel);
      this.#tabs.set(key, { button, panel });
    }
    bar.addEventListener("keydown", (event) => this.#move(event));
    document.querySelector(".body")?.append(aside);
    document.documentElement.dataset.preview = "";
    this.show(Object.keys(panels)[0]);
  }

  /** Left and right walk the tabs, as screen readers expect. @param {KeyboardEvent} event */
  #move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const keys = [...this.#tabs.keys()];
    const next = keys[(keys.indexOf(this.current) + step + keys.length) % keys.length];
    this.show(next);
    this.#tabs.get(next)?.button.focus();
  }

  /** @param {string} wanted */
  show(wanted) {
    this.current = wanted;
    for (const [key, { button, panel }] of this.#tabs) {
      button.setAttribute("aria-selected", String(key === wanted));
      button.tabIndex = key === wanted ? 0 : -1;
      panel.hidden = key !== wanted;
    }
    this.onShow();
  }
}
