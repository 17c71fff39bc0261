// @ts-check
//! The player: starts a session from its link, puts the API before the content, and carries values
//! between content, engine, page and journal. What is allowed, and what comes next, the engine says.

import { ActiveTime } from "./active-time.js";
import { api148411 } from "./api-1484-11.js";
import { apiScorm12 } from "./api-scorm12.js";
import { CommitQueue } from "./commit-queue.js";
import { ContentFrame, contentUrl } from "./content-frame.js";
import { clock, speak, t } from "./i18n.js";
import { Inspector } from "./inspector.js";
import { JournalStore } from "./journal-store.js";
import { sendLeftovers } from "./leftovers.js";
import { MediaWatch } from "./media-watch.js";
import { Navigation, Reasons } from "./navigation.js";
import { onlyHere } from "./only-here.js";
import { announce, byId, hush, notOpened, notify, offerAgain, say } from "./panel.js";
import { Refusal, post } from "./post.js";
import { Seal } from "./seal.js";

/** @import { Boot, ContentsEntry, Effect, Engine, Refresh, View } from "./types.js" */

const KEPT = "percorso-session";
const LAUNCH = "percorso-launch";
const NONCE = "percorso-start";
const FAILED_CHARS = 100_000;
const START_RETRY_MS = [1_000, 3_000];
/** After so long it is said that the line is poor. */
const SLOW_MS = 4_000;
/** A start that would have to wait longer is given up, with words and a way to try again. */
const LONGEST_START_MS = 10_000;
const root = document.documentElement;

/**
 * Half a character, as content makes it that cuts texts at any place: neither the engine nor JSON has it.
 * @param {string} text
 */
const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

/** After these calls the learner's work should be on the server at once. */
const SENDS = new Set(["Commit", "Terminate", "LMSCommit", "LMSFinish"]);

/** @param {string} key */
function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
function keep(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without sessionStorage a reload asks for a new launch; nothing else is lost.
  }
}

/** @param {string} state */
function setState(state) {
  root.dataset.state = state;
}

class Player {
  /** A move is under way: the content is leaving, or being delivered. */
  #moving = false;
  /** Content has called Initialize and not Terminate. */
  #communicating = false;
  /** @type {number|undefined} */
  #takeUp;
  /** @type {number|undefined} */
  #drawing;
  /** No more calls count: the session has ended, or is ending. */
  #over = false;
  /** The last word is said. */
  #settled = false;
  /** @type {number|undefined} */
  #slow;
  /** @type {View|null} */
  #view = null;
  /** The content's own window was closed, or could not be opened. */
  #windowless = false;
  #seal;

  /** @param {Omit<Boot, "journal_key">} boot @param {Seal} seal @param {Engine} engine @param {JournalStore} store */
  constructor(boot, seal, engine, store) {
    this.boot = boot;
    this.#seal = seal;
    this.engine = engine;
    this.store = store;
    this.time = new ActiveTime(boot.active_ms ?? 0, boot.wall_ms ?? 0);
    // Before the queue, which listens to the page's end too: what it then has to send comes first.
    this.media = boot.watch_media ? new MediaWatch(new URL(boot.content_base, location.href).href, (at, line) => this.#watched(at, line)) : null;
    this.queue = new CommitQueue(store, {
      sessionId: boot.session_id,
      registrationId: boot.registration_id,
      token: boot.token,
      nextNumber: boot.next_number,
      seal,
    }, {
      onSaved: (saved) => this.#showSaved(saved),
      onTakenOver: (reason) => this.#stop(closedBy(reason)),
      onRefused: () => this.#stop("refused"),
      onToken: (token) => keep(KEPT, { token, session_id: boot.session_id, return_url: boot.return_url }),
      times: () => this.time.times,
    });
    keep(KEPT, { token: boot.token, session_id: boot.session_id, return_url: boot.return_url });
    const reasons = boot.preview ? new Reasons(engine) : null;
    const events = {
      onControl: (/** @type {string} */ request) => void this.navigate(request),
      onChoice: (/** @type {string} */ id) => void this.navigate({ choice: id }),
    };
    this.navigation = new Navigation(byId("toc-tree"), events, reasons);
    this.content = new ContentFrame(byId("stage"), {
      ownWindow: boot.launch_method === "own_window",
      title: () => t("content_frame", { title: this.#activityTitle() || boot.title }),
      onLoad: () => this.#contentLoaded(),
      onBlocked: (open) => this.#windowBlocked(open),
      onUnreachable: (again) => { if (!this.#over) offerAgain(again); },
      onClosed: () => this.#windowClosed(),
    });
    this.time.content = () => this.content.window;
    if (this.media) this.media.content = () => this.content.window;
    this.inspector = reasons ? new Inspector(engine, reasons) : null;
  }

  /** Puts the API in place and begins. */
  start() {
    const call = (/** @type {string} */ method, /** @type {unknown[]} */ args) => this.#call(method, args);
    if (this.boot.course.standard === "scorm_1_2") Object.assign(window, { API: apiScorm12(call) });
    else Object.assign(window, { API_1484_11: api148411(call) });
    onlyHere(this.boot, this.#seal, {
      onCopied: () => this.#stop("taken_over"),
      onHint: () => this.queue.ask(),
    });
    this.navigation.label();
    byId("course-title").textContent = this.boot.title;
    document.title = `${this.boot.title} · Percorso`;
    const resumed = this.boot.next_number > 1;
    this.#communicating = resumed;
    const activity = this.boot.activity_id;
    this.#apply({ event: "start", ...(activity && !resumed ? { activity } : {}) });
    if (!this.content.window && !this.#windowless && this.#view?.state === "delivering") this.#redeliver();
  }

  /** A reload of the page in the middle of an activity: its content comes back as it was launched. */
  #redeliver() {
    const id = this.#view?.current_activity;
    const launch = id ? findLaunch(this.boot.course, id) : null;
    if (launch && id) this.#deliver({ effect: "deliver", activity: id, ...launch });
  }

  /** One call of the API, answered at once. @param {string} method @param {unknown[]} args */
  #call(method, args) {
    const at = Date.now();
    const strings = args.map((value) => (value === undefined || value === null ? "" : wellFormed(String(value))));
    if (this.#over) return this.engine.call(at, method, strings);
    const result = this.engine.call(at, method, strings);
    const answer = JSON.parse(this.engine.lastAnswer());
    this.inspector?.called(at, method, strings, answer);
    // A call that failed and is longer than anything a server need hear of changed nothing.
    const isAbsurd = answer.error !== 0 && strings.reduce((sum, text) => sum + text.length, 0) > FAILED_CHARS;
    if (answer.journalled && !isAbsurd) this.queue.push(at, { event: "call", method, arguments: strings });
    if (result === "true") {
      if (method === "Initialize" || method === "LMSInitialize") this.#communicating = true;
      else if (method === "Terminate" || method === "LMSFinish") this.#communicating = false;
    }
    if (SENDS.has(method)) this.queue.flush();
    const effects = this.engine.takeEffects();
    if (effects.length > 2) this.#follow(JSON.parse(effects));
    return result;
  }

  /** Applies an event of the page, journals it, follows its effects. @param {{event: string, [field: string]: unknown}} event @param {boolean} last  no other event follows at once */
  #apply(event, last = true) {
    const at = Date.now();
    const outcome = JSON.parse(this.engine.apply(at, JSON.stringify(event)));
    this.engine.takeEffects();
    this.inspector?.decided(at, outcome.decisions);
    this.queue.push(at, event);
    this.queue.flush();
    this.#follow(outcome.effects);
    if (last) this.#draw();
  }

  /** Something was done with a video. @param {number} at @param {{event: string, [field: string]: unknown}} line */
  #watched(at, line) {
    if (!this.#over) this.queue.push(at, line);
  }

  /** @param {Effect[]} effects */
  #follow(effects) {
    for (const effect of effects) {
      if (effect.effect === "deliver") this.#deliver(effect);
      else if (effect.effect === "take_up") this.#takeUp = setTimeout(() => void this.#contentNavigation(), 0);
      else if (effect.effect === "end") void this.#end(effect.suspended === true);
      else if (effect.effect === "withdraw") void this.content.clear().then(() => this.#draw());
      else if (effect.effect === "time_is_up") notify("time_is_up");
      else this.#drawSoon();
    }
  }

  /** The learner used a control or the contents. @param {string|{choice: string}} request */
  async navigate(request) {
    await this.#move({ event: "navigate", request });
  }

  /** Content left a request with its Terminate. */
  async #contentNavigation() {
    await this.#move({ event: "content_navigation" });
  }

  /** Takes the content out, then moves. @param {{event: string, [field: string]: unknown}} event */
  async #move(event) {
    if (this.#moving || this.#over) return;
    this.#moving = true;
    clearTimeout(this.#takeUp);
    byId("notice").hidden = true;
    await this.content.clear();
    clearTimeout(this.#takeUp);
    this.#moving = false;
    if (this.#over) return;
    if (this.#communicating) {
      this.#communicating = false;
      this.#apply({ event: "content_gone" }, false);
    }
    this.#apply(event);
  }

  /** @param {Effect} effect */
  #deliver(effect) {
    this.#communicating = false;
    this.#windowless = false;
    this.#draw();
    hush();
    this.content.show(contentUrl(this.boot.content_base, effect.path ?? "", effect.suffix ?? ""));
    this.queue.contentShown();
    this.navigation.reveal();
    closeContents();
    announce(t("opened", { title: this.#activityTitle() }));
  }

  #contentLoaded() {
    const target = this.content.window;
    if (target) this.time.watch(target);
    this.media?.watch(target);
    if (this.boot.launch_method === "own_window") {
      this.#windowless = false;
      const show = { label: "show_window", primary: true, run: () => this.content.focus() };
      say("own_window", "own_window_text", { actions: [show] });
    }
    const active = document.activeElement;
    // A keyboard user who pressed Continue goes on inside the content, not on a control.
    if (!active || active === document.body || active.closest("button")) this.content.focus();
    this.#drawSoon();
  }

  /** The browser keeps the content's own window shut until the learner asks for it. @param {() => void} open */
  #windowBlocked(open) {
    this.#windowless = true;
    this.#draw();
    say("blocked", "blocked_text", { actions: [{ label: "open_window", primary: true, run: open }], focus: true });
  }

  /** The learner closed the content's own window: it comes back where it was, when they want it to. */
  #windowClosed() {
    if (this.#over || this.#moving) return;
    void this.content.clear();
    this.#windowless = true;
    if (this.#communicating) this.#apply({ event: "content_gone" });
    this.#communicating = false;
    this.#draw();
    const again = { label: "open_window", primary: true, run: () => this.#apply({ event: "start" }) };
    say("window_closed", "window_closed_text", { actions: [again], focus: true });
  }

  /** The sequencing session has ended: the page says so once the server has everything. @param {boolean} suspended */
  async #end(suspended) {
    this.#over = true;
    this.navigation.disable();
    this.#draw();
    say("ending", "", { busy: true, focus: true });
    setState("loading");
    this.#slow = setTimeout(() => say("ending", "ending_offline", { busy: true }), SLOW_MS);
    await this.content.clear();
    await this.queue.settled();
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#slow);
    this.queue.stop();
    keep(KEPT, null);
    this.store.forget(this.queue.kept);
    const key = suspended ? "suspended" : "ended";
    const resume = { label: "resume", primary: true, run: () => void this.#resume() };
    say(key, `${key}_text`, { actions: [...(suspended ? [resume] : []), ...this.#wayBack()], focus: true });
    setState(key);
  }

  /** A new launch of the same registration, with this session's token. */
  async #resume() {
    try {
      const { url } = await post("/play/api/relaunch", this.queue.token);
      location.replace(url);
    } catch {
      say("suspended", "resume_failed", { actions: this.#wayBack(), focus: true });
    }
  }

  #wayBack() {
    return wayBack(this.boot.return_url);
  }

  /** This page must not go on: another has the session, or the server refuses its journal. @param {string} why */
  #stop(why) {
    if (this.#settled) return;
    this.#settled = true;
    this.#over = true;
    clearTimeout(this.#slow);
    this.queue.stop();
    this.content.remove();
    this.navigation.disable();
    keep(KEPT, null);
    clearTimeout(this.marking);
    byId("saved").textContent = "";
    say(why, `${why}_text`, { actions: this.#wayBack(), focus: true });
    setState("error");
  }

  #drawSoon() {
    this.#drawing ??= setTimeout(() => this.#draw(), 0);
  }

  /** Brings the view up to date. @returns {{view: View, changed: ContentsEntry[]|null}} the lines that changed; null when any may have */
  #refresh() {
    const { contents, changed, ...now } = /** @type {Refresh} */ (JSON.parse(this.engine.refresh()));
    const lines = contents ?? this.#view?.contents ?? [];
    const view = { ...now, contents: lines };
    this.#view = view;
    return { view, changed: contents ? null : changed.map(({ place, ...entry }) => Object.assign(lines[place], entry)) };
  }

  #draw() {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.#over) {
      // The last drawing stays, out of use.
      this.navigation.disable();
      root.dataset.currentActivity = "";
      return;
    }
    const { view, changed } = this.#refresh();
    this.navigation.draw(view, changed);
    // Nothing to choose from: all the room is the activity's.
    root.toggleAttribute("data-toc-none", view.contents.length === 0);
    this.inspector?.drawn();
    root.dataset.currentActivity = view.current_activity ?? "";
    byId("activity-title").textContent = this.#activityTitle();
    if (view.state !== "delivering" && view.state !== "waiting") return;
    setState(this.#windowless ? "waiting" : view.state);
    if (view.state === "waiting" && !this.#moving) say("waiting", "waiting_text");
  }

  #activityTitle() {
    const view = this.#view;
    return view?.contents.find((entry) => entry.id === view.current_activity)?.title ?? "";
  }

  /** @param {{saved: boolean, at: Date|null, offline: boolean}} saved */
  #showSaved({ saved, at, offline }) {
    root.dataset.saved = String(saved);
    const mark = byId("saved");
    const state = saved ? "saved" : offline ? "offline" : "saving";
    const short = state === "offline" && matchMedia("(max-width: 47.99rem)").matches;
    const text = saved ? (at ? t("saved_at", { time: clock(at) }) : t("saved")) : t(short ? "offline_short" : state);
    // "Saving…" for a moment is noise; the mark changes when it lasts.
    clearTimeout(this.marking);
    this.marking = setTimeout(() => {
      mark.dataset.mark = state;
      if (mark.textContent !== text) mark.textContent = text;
    }, state === "saving" ? 800 : 0);
  }

  /** @type {number|undefined} */
  marking;
}

/** The launch of an item of the package. @param {any} course @param {string} id @returns {{path: string, suffix: string}|null} */
function findLaunch(course, id) {
  const items = [...course.organizations[course.default_organization].items];
  for (let item = items.pop(); item; item = items.pop()) {
    if (item.identifier === id) return item.launch;
    items.push(...item.items);
  }
  return null;
}

/** @param {string|null|undefined} returnUrl */
function wayBack(returnUrl) {
  return returnUrl && /^https?:\/\//i.test(new URL(returnUrl, location.href).href) ? [{ label: "go_back", href: returnUrl }] : [];
}

function closeContents() {
  if (matchMedia("(max-width: 47.99rem)").matches) openContents(false);
}

/** @param {boolean} open */
function openContents(open) {
  root.toggleAttribute("data-toc-closed", !open);
  byId("toc-toggle").setAttribute("aria-expanded", String(open));
  byId("toc-shade").hidden = !open;
}

function watchContents() {
  const narrow = matchMedia("(max-width: 47.99rem)");
  const toggle = byId("toc-toggle");
  openContents(!narrow.matches);
  narrow.addEventListener("change", () => openContents(!narrow.matches));
  toggle.addEventListener("click", () => openContents(root.hasAttribute("data-toc-closed")));
  const shut = () => {
    openContents(false);
    toggle.focus();
  };
  byId("toc-close").addEventListener("click", shut);
  byId("toc-shade").addEventListener("click", shut);
  byId("toc").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && narrow.matches) shut();
  });
}

/** @param {string} text */
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function loadEngine() {
  const module = await import("/player/engine/percorso_tracker.js");
  await module.default();
  return module.PlayerSession;
}

/** The launch token out of the address, which then no longer shows it. */
function takeLaunchToken() {
  const [, token] = location.pathname.match(/^\/play\/([^/]+)$/) ?? [];
  if (token) {
    keep(KEPT, null);
    keep(LAUNCH, token);
    keep(NONCE, nonce());
    history.replaceState(null, "", "/play/");
  }
  return token ?? kept(LAUNCH);
}

/** A random UUID, also where the page has no secure context. */
function nonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Asks again for a while where the line is poor or the server is busy. @template T @param {() => Promise<T>} ask @returns {Promise<T>} */
async function onPoorLines(ask) {
  for (const pause of START_RETRY_MS) {
    try {
      return await ask();
    } catch (error) {
      const wait = Math.max(pause, (error instanceof Refusal && error.retryAfterMs) || 0);
      if (error instanceof Refusal && (error.status < 500 || wait > LONGEST_START_MS)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return ask();
}

/**
 * What an earlier page left comes first. A link is good for one start: when its answer is lost, the same page
 * may ask for it again.
 * @param {string|null} launch @param {{token: string, session_id: string}|null} session @param {JournalStore} store @returns {Promise<Boot>}
 */
async function openSession(launch, session, store) {
  if (launch) {
    // A link that is over is refused by the start, with the words for it.
    await onPoorLines(() => sendLeftovers(store, launch)).catch((error) => {
      if (!(error instanceof Refusal && error.status === 401)) throw error;
    });
    const body = { nonce: kept(NONCE) ?? nonce() };
    const boot = await onPoorLines(() => post("/play/api/start", launch, body));
    keep(LAUNCH, null);
    keep(NONCE, null);
    return boot;
  }
  const resume = async (/** @type {string} */ token) => {
    await onPoorLines(() => sendLeftovers(store, token));
    return onPoorLines(() => post("/play/api/resume", token));
  };
  const token = session?.token ?? "";
  try {
    return await resume(token);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    const { token: renewed } = await post("/play/api/token", token);
    keep(KEPT, { ...session, token: renewed });
    return resume(renewed);
  }
}

/** @param {string} why @param {string|null} [returnUrl] */
function fail(why, returnUrl) {
  const retry = { label: "retry", primary: true, run: () => location.reload() };
  const again = ["no_network", "error", "engine"].includes(why);
  say(why, `${why}_text`, { actions: [...(again ? [retry] : []), ...wayBack(returnUrl)], focus: true });
  setState("error");
}

async function boot() {
  speak(navigator.language);
  watchContents();
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  say("loading", "", { busy: true });
  const launch = takeLaunchToken();
  const session = kept(KEPT);
  if (!launch && !session) {
    fail("no_link");
    return;
  }
  let PlayerSession;
  try {
    PlayerSession = await loadEngine();
  } catch (error) {
    console.error(error);
    fail(navigator.onLine ? "engine" : "no_network", session?.return_url);
    return;
  }
  try {
    const store = await JournalStore.open();
    const started = await openSession(launch, session, store);
    speak(started.language);
    const { journal_key, ...boot } = started;
    const engine = PlayerSession.restore(JSON.stringify(started.course), fromBase64(started.snapshot));
    const player = new Player(boot, new Seal(fromBase64(journal_key)), engine, store);
    player.start();
  } catch (error) {
    console.error(error);
    failedToOpen(error, session);
  }
}

/** The words for a session that was closed from outside. @param {string} [reason] */
function closedBy(reason) {
  return reason === "moved" ? "moved" : "taken_over";
}

/** @param {unknown} error @param {{return_url?: string|null}|null} session */
function failedToOpen(error, session) {
  if (!(error instanceof Refusal)) fail(error instanceof TypeError && !/fetch|network/i.test(error.message) ? "error" : "no_network", session?.return_url);
  else if (error.status >= 500 || error.status === 429) fail("error", session?.return_url);
  else {
    keep(KEPT, null);
    keep(LAUNCH, null);
    fail(session && error.status === 409 ? closedBy(error.reason) : notOpened(error), session?.return_url ?? error.returnUrl);
  }
}

void boot();
