// @ts-check
//! Draws the engine's view: the controls, and the table of contents as a tree of buttons.
//! Decides nothing: what is visible, enabled and selectable comes from the engine.

import { t } from "./i18n.js";

/** @import { View, ContentsEntry, Control, Engine } from "./types.js" */

const SPRITES = "/assets/vendor/bootstrap-italia/svg/sprites.svg#";
const KIND_ICONS = { videolezione: "it-presentation", videopillola: "it-video", "buona pratica": "it-pa" };
const CONTROL_ICONS = { continue: "it-arrow-right", previous: "it-arrow-left", suspendAll: "it-bookmark", exitAll: "it-check" };
const STATUS_ICONS = { passed: "it-check-circle", failed: "it-close-circle", completed: "it-check-circle", incomplete: "it-clock", not_attempted: "it-minus-circle" };

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", SPRITES + name);
  svg.append(use);
  return svg;
}

/** @param {string} tag @param {string} className @param {...(Node|string)} children */
function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** One word for how far an activity is. @param {ContentsEntry} entry */
function statusOf(entry) {
  if (entry.success === "passed" || entry.success === "failed") return entry.success;
  return entry.completion === "unknown" ? "not_attempted" : entry.completion;
}

/** Changes an attribute only when it differs, so that a refresh costs nothing. @param {Element} node @param {string} name @param {string|null} value */
function set(node, name, value) {
  if (node.getAttribute(name) === value) return;
  if (value === null) node.removeAttribute(name);
  else node.setAttribute(name, value);
}

/** Why something is out of use, in the page's language: each code is put into words once. */
export class Reasons {
  /** @type {Map<string, string>} */
  #known = new Map();

  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine;
  }

  /** @param {string|null|undefined} code  the refusal's @param {string|object} request @returns {string|null} */
  of(code, request) {
    if (!code) return null;
    // Prerequisites are named, so that each of them reads differently.
    const known = code === "prerequisites" ? undefined : this.#known.get(code);
    if (known !== undefined) return known;
    const words = this.engine.whyNot(JSON.stringify(request), document.documentElement.lang);
    this.#known.set(code, words);
    return words;
  }
}

/**
 * @typedef {object} Row
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} status
 * @property {HTMLElement} statusIcon
 * @property {string} shown   the status drawn
 */

export class Navigation {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #shape = "";
  /** @type {NodeListOf<HTMLButtonElement>} */
  #controls;

  /**
   * @param {HTMLElement} tree
   * @param {{onControl: (request: string) => void, onChoice: (id: string) => void}} events
   * @param {Reasons|null} reasons  where the page says why something is out of use: the author's preview
   */
  constructor(tree, events, reasons = null) {
    this.tree = tree;
    this.events = events;
    this.reasons = reasons;
    this.#controls = document.querySelectorAll("button[data-nav]");
    for (const button of this.#controls) {
      button.addEventListener("click", () => events.onControl(button.dataset.nav ?? ""));
    }
    tree.addEventListener("click", (event) => this.#choose(event));
    tree.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Labels in the page's language. */
  label() {
    for (const button of this.#controls) {
      const request = button.dataset.nav ?? "";
      const name = CONTROL_ICONS[/** @type {keyof typeof CONTROL_ICONS} */ (request)];
      const label = element("span", "", t(request));
      button.replaceChildren(...(name ? [icon(name)] : []), label);
    }
  }

  /** @param {View} view @param {ContentsEntry[]|null} [changed]  its lines that are not as they were drawn, where that is known */
  draw(view, changed = null) {
    for (const button of this.#controls) {
      const control = view.controls.find((one) => one.request === button.dataset.nav);
      const hidden = !control?.visible;
      const disabled = !control?.enabled;
      if (button.hidden !== hidden) button.hidden = hidden;
      if (button.disabled !== disabled) button.disabled = disabled;
      if (this.reasons) set(button, "title", this.reasons.of(control?.refusal, button.dataset.nav ?? ""));
    }
    if (!changed) {
      const shape = JSON.stringify(view.contents.map((entry) => [entry.id, entry.depth, entry.title, entry.kind, entry.leaf]));
      if (shape !== this.#shape) this.#build(view.contents);
      this.#shape = shape;
    }
    for (const entry of changed ?? view.contents) this.#update(entry);
    // What prerequisites are waiting for may change while they go on waiting.
    if (changed && this.reasons) view.contents.filter((entry) => entry.refusal === "prerequisites").forEach((entry) => this.#update(entry));
  }

  /** Nothing may be used: the session is over, or another page has it. */
  disable() {
    for (const button of this.#controls) button.disabled = true;
    for (const row of this.#rows.values()) set(row.button, "aria-disabled", "true");
  }

  /** Brings the current activity into sight. */
  reveal() {
    const current = this.tree.querySelector('[aria-current="true"]');
    for (let list = current?.closest("ul"); list; list = list.parentElement?.closest("ul")) list.hidden = false;
    current?.scrollIntoView({ block: "nearest" });
  }

  /** @param {ContentsEntry[]} contents */
  #build(contents) {
    const focused = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset.activity;
    this.#rows.clear();
    const top = element("ul", "tree");
    /** @type {{depth: number, list: HTMLElement}[]} */
    const open = [{ depth: -1, list: top }];
    contents.forEach((entry, index) => {
      while (open.length > 1 && open[open.length - 1].depth >= entry.depth) open.pop();
      const parent = (contents[index + 1]?.depth ?? 0) > entry.depth;
      const list = parent ? element("ul", "") : null;
      open[open.length - 1].list.append(this.#row(entry, list));
      if (list) open.push({ depth: entry.depth, list });
    });
    this.tree.replaceChildren(top);
    if (focused) this.#rows.get(focused)?.button.focus();
  }

  /** @param {ContentsEntry} entry @param {HTMLElement|null} children */
  #row(entry, children) {
    const status = element("span", "status-text");
    const statusIcon = element("span", "status");
    const meta = element("span", "meta");
    const kindIcon = entry.kind ? KIND_ICONS[/** @type {keyof typeof KIND_ICONS} */ (entry.kind)] : undefined;
    if (entry.kind) meta.append(...(kindIcon ? [icon(kindIcon)] : []), element("span", "", t(entry.kind)), element("span", "dot", "·"));
    meta.append(status);
    const button = /** @type {HTMLButtonElement} */ (element("button", "entry", statusIcon, element("span", "label", element("span", "title", entry.title), meta)));
    button.type = "button";
    button.dataset.activity = entry.id;
    this.#rows.set(entry.id, { button, status, statusIcon, shown: "" });
    const line = element("div", "line", button);
    line.style.setProperty("--depth", String(entry.depth));
    const item = element("li", entry.leaf ? "leaf" : "cluster", line);
    if (children && entry.depth > 0) line.append(this.#toggle(entry, children));
    if (children) item.append(children);
    return item;
  }

  /** @param {ContentsEntry} entry @param {HTMLElement} list */
  #toggle(entry, list) {
    const toggle = element("button", "toggle", icon("it-expand"));
    const draw = () => {
      toggle.setAttribute("aria-expanded", String(!list.hidden));
      toggle.setAttribute("aria-label", t(list.hidden ? "expand" : "collapse", { title: entry.title }));
    };
    toggle.setAttribute("type", "button");
    toggle.addEventListener("click", () => {
      list.hidden = !list.hidden;
      draw();
    });
    draw();
    return toggle;
  }

  /** @param {ContentsEntry} entry */
  #update(entry) {
    const row = this.#rows.get(entry.id);
    if (!row) return;
    set(row.button, "aria-current", entry.current ? "true" : null);
    set(row.button, "aria-disabled", entry.selectable ? null : "true");
    if (this.reasons) set(row.button, "title", this.reasons.of(entry.refusal, { choice: entry.id }));
    const status = statusOf(entry);
    if (row.shown === status) return;
    row.shown = status;
    row.status.textContent = t(status);
    row.statusIcon.className = `status ${status}`;
    row.statusIcon.replaceChildren(icon(STATUS_ICONS[/** @type {keyof typeof STATUS_ICONS} */ (status)] ?? "it-minus-circle"));
  }

  /** @param {Event} event */
  #choose(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-activity]");
    if (!(button instanceof HTMLElement) || button.getAttribute("aria-disabled") === "true") return;
    this.events.onChoice(button.dataset.activity ?? "");
  }

  /** Arrow keys walk the contents. @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...this.tree.querySelectorAll("button.entry")].filter((button) => button.getClientRects().length > 0);
    const at = buttons.indexOf(/** @type {Element} */ (document.activeElement));
    const next = buttons[at + step];
    if (at < 0 || !(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
  }
}
