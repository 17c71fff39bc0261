// @ts-check
//! The page of a cmi5 course: the tree of blocks and units, and the unit that is open. Units talk to
//! the LRS themselves; this page only launches them, one at a time, and asks what is reached.

import { ContentFrame } from "./content-frame.js";
import { speak, t } from "./i18n.js";
import { Cmi5Inspector } from "./inspector-cmi5.js";
import { Navigation } from "./navigation.js";
import { announce, byId, hush, notOpened, offerAgain, say } from "./panel.js";
import { Refusal, post } from "./post.js";

/** @import { ContentsEntry, Control } from "./types.js" */

/**
 * @typedef {{id: string, title: string, kind: string|null, completion: string, success: string, satisfied: boolean|null, waived: boolean, children: Activity[]}} Activity
 * @typedef {{session_id: string, activity_id: string, begun: boolean}} Open
 * @typedef {{activities: Activity, completion: string, open: Open|null, renewed?: string}} Standing
 * @typedef {Standing & {session_id: string, registration_id: string, token: string, title: string, language: string, return_url: string, preview: boolean}} Boot
 */

const KEPT = "percorso-cmi5-session";
const KEPT_UNIT = "percorso-cmi5-unit";
const POLL_MS = 2_500;
/** A preview shows at once what its author does. */
const PREVIEW_POLL_MS = 1_000;
/** How long a unit that is left may take to say so. */
const FAREWELL_MS = 2_500;
const root = document.documentElement;

/** @param {string} key */
function kept(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string|null} value */
function keep(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // Without sessionStorage a reload asks for a new launch; nothing else is lost.
  }
}

/** @param {string} state */
function setState(state) {
  root.dataset.state = state;
}

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Course {
  /** The unit whose content is shown, with its session. @type {{activity: Activity, session: string}|null} */
  #current = null;
  /** The session launched last: it may outlive its content, and a reload of this page. */
  #session = kept(KEPT_UNIT);
  /** Content is leaving, or being launched. */
  #moving = false;
  #over = false;
  #ownWindow = false;
  /** @type {number|undefined} */
  #polling;

  /** @param {Boot} boot */
  constructor(boot) {
    this.boot = boot;
    this.token = boot.token;
    this.standing = /** @type {Standing} */ (boot);
    keep(KEPT, boot.token);
    this.inspector = boot.preview ? new Cmi5Inspector(() => this.token) : null;
    this.navigation = new Navigation(byId("toc-tree"), {
      onControl: (request) => void this.#control(request),
      onChoice: (id) => void this.#open(id),
    });
    const own = () => this.#ownWindow;
    this.content = new ContentFrame(byId("stage"), {
      get ownWindow() { return own(); },
      title: () => t("content_frame", { title: this.#current?.activity.title ?? boot.title }),
      onLoad: () => this.#loaded(),
      onBlocked: (open) => say("blocked", "blocked_text", { actions: [{ label: "open_window", primary: true, run: open }], focus: true }),
      onUnreachable: (again) => { if (!this.#over) offerAgain(again); },
      onClosed: () => void this.#left(),
    });
    new BroadcastChannel("percorso-cmi5").addEventListener("message", ({ data }) => {
      // Content of any course can say so: our own frame or window must stand on the page that does.
      if (data?.left === boot.registration_id && this.content.isAt("/cmi5/return")) void this.#left();
    });
  }

  start() {
    this.navigation.label();
    byId("course-title").textContent = this.boot.title;
    document.title = `${this.boot.title} · Percorso`;
    this.#draw();
    this.#poll();
    void this.inspector?.refresh();
    const units = this.#units();
    if (units.length === 1 && !this.standing.open) void this.#open(units[0].id);
    else this.#wait();
  }

  /** Units in order. */
  #units() {
    /** @type {Activity[]} */
    const units = [];
    /** @param {Activity} activity */
    const walk = (activity) => {
      if (activity.children.length === 0 && activity !== this.standing.activities) units.push(activity);
      activity.children.forEach(walk);
    };
    walk(this.standing.activities);
    return units;
  }

  /** The unit beside the current one. @param {number} step */
  #beside(step) {
    const units = this.#units();
    const at = units.findIndex((unit) => unit.id === this.#last);
    if (at < 0) return step > 0 ? units.find((unit) => !unit.satisfied) ?? units[0] : undefined;
    return units[at + step];
  }

  /** The unit that was opened last. */
  #last = "";

  /** @param {string} request */
  async #control(request) {
    if (request === "continue" || request === "previous") {
      const unit = this.#beside(request === "continue" ? 1 : -1);
      if (unit) await this.#open(unit.id);
    } else {
      await this.#end(request === "suspendAll");
    }
  }

  /** Launches a unit. @param {string} id */
  async #open(id) {
    const activity = this.#units().find((unit) => unit.id === id);
    if (!activity || this.#moving || this.#over) return;
    this.#moving = true;
    setState("loading");
    await this.#close();
    say("opening", "", { busy: true, values: { title: activity.title } });
    try {
      const launch = await post("/cmi5/api/launch", this.token, { activity_id: id });
      this.#last = id;
      this.#current = { activity, session: launch.session_id };
      this.#session = launch.session_id;
      keep(KEPT_UNIT, launch.session_id);
      this.#ownWindow = launch.launch_method === "own_window";
      root.dataset.currentActivity = id;
      hush();
      this.content.show(launch.url);
      this.#draw();
      this.navigation.reveal();
      closeContents();
      setState("delivering");
      announce(t("opened", { title: activity.title }));
    } catch (problem) {
      this.#failed(problem);
    } finally {
      this.#moving = false;
    }
  }

  /** Takes the unit out, and gives it its moment to state terminated. */
  async #close() {
    if (!this.#current) return;
    const { session } = this.#current;
    this.#current = null;
    root.dataset.currentActivity = "";
    await this.content.clear();
    const until = Date.now() + FAREWELL_MS;
    while (Date.now() < until) {
      await this.#refresh();
      if (this.standing.open?.session_id !== session || !this.standing.open.begun) return;
      await pause(250);
    }
  }

  /** The unit sent its learner back, or its window was closed. */
  async #left() {
    if (!this.#current || this.#moving || this.#over) return;
    this.#moving = true;
    await this.#close();
    this.#moving = false;
    this.#wait();
  }

  #wait() {
    if (this.#over) return;
    this.#draw();
    const next = this.#beside(1);
    const done = this.standing.completion === "completed";
    const actions = next && !done ? [{ label: "continue", primary: true, run: () => void this.#open(next.id) }] : [];
    say(done ? "course_done" : "waiting", done ? "course_done_text" : "waiting_text", { actions, focus: true });
    setState("waiting");
  }

  /** The learner leaves the course. @param {boolean} suspended */
  async #end(suspended) {
    if (this.#moving || this.#over) return;
    this.#moving = true;
    this.navigation.disable();
    say("ending", "", { busy: true, focus: true });
    setState("loading");
    await this.#close();
    try {
      await post("/cmi5/api/end", this.token, { session_id: this.#session, suspended });
    } catch (problem) {
      this.#moving = false;
      this.#failed(problem);
      return;
    }
    this.#over = true;
    clearTimeout(this.#polling);
    this.#draw();
    this.navigation.disable();
    keep(KEPT, null);
    keep(KEPT_UNIT, null);
    const key = suspended ? "suspended" : "ended";
    const resume = { label: "resume", primary: true, run: () => void this.#resume() };
    say(key, `${key}_text`, { actions: [...(suspended ? [resume] : []), ...this.#wayBack()], focus: true });
    setState(key);
  }

  async #resume() {
    try {
      const { url } = await post("/cmi5/api/relaunch", this.token);
      location.replace(url);
    } catch {
      say("suspended", "resume_failed", { actions: this.#wayBack(), focus: true });
    }
  }

  #wayBack() {
    const url = new URL(this.boot.return_url, location.href).href;
    return /^https?:/i.test(url) ? [{ label: "go_back", href: url }] : [];
  }

  /** @param {unknown} problem */
  #failed(problem) {
    this.#draw();
    if (problem instanceof Refusal && [401, 404, 409, 410].includes(problem.status)) {
      this.#over = true;
      clearTimeout(this.#polling);
      this.navigation.disable();
      say("cmi5_closed", "cmi5_closed_text", { actions: this.#wayBack(), focus: true });
      setState("error");
      return;
    }
    say("no_network", "no_network_text", { actions: [{ label: "retry", primary: true, run: () => this.#wait() }], focus: true });
    setState("waiting");
  }

  async #refresh() {
    try {
      const standing = /** @type {Standing} */ (await post("/cmi5/api/progress", this.token));
      this.standing = standing;
      if (standing.renewed) {
        this.token = standing.renewed;
        keep(KEPT, standing.renewed);
      }
      root.dataset.saved = "true";
      void this.inspector?.refresh();
    } catch (problem) {
      root.dataset.saved = "false";
      if (problem instanceof Refusal && problem.status === 409 && !this.#moving) this.#failed(problem);
    }
  }

  #poll() {
    clearTimeout(this.#polling);
    this.#polling = setTimeout(async () => {
      if (this.#over) return;
      if (!this.#moving && document.visibilityState === "visible") {
        await this.#refresh();
        this.#draw();
      }
      this.#poll();
    }, this.inspector ? PREVIEW_POLL_MS : POLL_MS);
  }

  #loaded() {
    if (this.#ownWindow) say("own_window", "cmi5_own_window_text");
    const active = document.activeElement;
    if (!active || active === document.body || active.closest("button")) this.content.focus();
  }

  #draw() {
    /** @type {ContentsEntry[]} */
    const contents = [];
    const current = this.#current?.activity.id;
    /** @param {Activity} activity @param {number} depth */
    const walk = (activity, depth) => {
      const leaf = activity.children.length === 0;
      contents.push(/** @type {ContentsEntry} */ ({
        id: activity.id,
        title: activity.title,
        depth,
        kind: activity.kind,
        leaf,
        selectable: leaf && !this.#over,
        current: activity.id === current,
        completion: activity.satisfied && activity.success !== "passed" ? "completed" : activity.completion,
        success: activity.success,
      }));
      for (const child of activity.children) walk(child, depth + 1);
    };
    walk(this.standing.activities, 0);
    const done = this.standing.completion === "completed";
    const control = (/** @type {string} */ request, /** @type {boolean} */ visible, enabled = visible) => /** @type {Control} */ ({ request, visible, enabled });
    const several = this.#units().length > 1;
    this.navigation.draw(/** @type {any} */ ({
      contents,
      controls: [
        control("previous", several, this.#beside(-1) !== undefined && !this.#over),
        control("continue", several, this.#beside(1) !== undefined && !this.#over),
        control("suspendAll", !done, !this.#over),
        control("exitAll", done, !this.#over),
      ],
    }));
    byId("activity-title").textContent = this.#current?.activity.title ?? "";
  }
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
  openContents(!narrow.matches);
  narrow.addEventListener("change", () => openContents(!narrow.matches));
  byId("toc-toggle").addEventListener("click", () => openContents(root.hasAttribute("data-toc-closed")));
  const shut = () => {
    openContents(false);
    byId("toc-toggle").focus();
  };
  byId("toc-close").addEventListener("click", shut);
  byId("toc-shade").addEventListener("click", shut);
  byId("toc").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && narrow.matches) shut();
  });
}

/** Starts from the link in the address, or takes up the session of this tab. @returns {Promise<Boot>} */
async function boot() {
  const [, token] = location.pathname.match(/^\/cmi5\/([^/]+)$/) ?? [];
  if (token) {
    history.replaceState(null, "", "/cmi5/");
    return post("/cmi5/api/start", token);
  }
  return post("/cmi5/api/resume", kept(KEPT) ?? "");
}

async function main() {
  speak(navigator.language);
  watchContents();
  try {
    const booted = await boot();
    speak(booted.language);
    new Course(booted).start();
  } catch (problem) {
    const why = problem instanceof Refusal ? notOpened(problem) : "no_network";
    const back = problem instanceof Refusal && problem.returnUrl;
    const retry = { label: "retry", primary: true, run: () => location.reload() };
    const actions = why === "no_network" ? [retry] : back ? [{ label: "go_back", href: back }] : [];
    say(why, `${why}_text`, { actions, focus: true });
    setState("error");
  }
}

void main();
