// @ts-check
//! What the learner does with the videos and recordings of the content, whatever made it: played, paused,
//! went to another second, turned it up. Each is a line of the journal, of which the server makes statements;
//! time that passes is none. Content in frames and windows of this origin is seen, what plays elsewhere is not.

const TICK_MS = 1_000;
/** A seek, and a change of volume or speed, is told when there was no other for so long. */
const CALM_MS = 1_000;
/** While it plays on, it is told where it is: should the page die, so much is not known at most. */
const REACHED_MS = 60_000;
/** Between two looks, time counts as played up to this. */
const LONGEST_STEP_MS = 2_000;
/** What is shorter is a sound of the page, not a recording. */
const SHORTEST_S = 3;
/** Lines in a minute, at most, and the ends of what was told to play. */
const ROOM = 30;
const MINUTE_MS = 60_000;
/** Frames inside frames that are looked into. */
const DEPTH = 3;
/** Shorter ways are no seek. */
const NEAR_S = 0.2;
/** What it may have played when it says that it plays. */
const BEGUN_S = 0.5;
const TITLE_CHARS = 200;

/** @typedef {{event: string, [field: string]: unknown}} Line */

/** @typedef {{volume: number, speed: number, captions: string|null, full_screen: boolean, screen: [number, number], size: [number, number], quality: number}} Settings */

/** To the millisecond. @param {number} seconds */
const exact = (seconds) => Math.round(seconds * 1_000) / 1_000;

/** Whether it makes progress by itself now. @param {HTMLMediaElement} element */
const plays = (element) => !element.paused && !element.ended && !element.seeking && element.readyState > HTMLMediaElement.HAVE_CURRENT_DATA;

/** How it is shown. @param {HTMLMediaElement} element @returns {Settings} */
function settings(element) {
  const { muted, volume, playbackRate, textTracks, ownerDocument } = element;
  const shown = [...textTracks].find(({ mode, kind }) => mode === "showing" && (kind === "subtitles" || kind === "captions"));
  const full = ownerDocument.fullscreenElement;
  const whole = (/** @type {number|undefined} */ pixels) => Math.max(0, Math.round(pixels || 0));
  return {
    volume: muted ? 0 : exact(volume),
    speed: exact(playbackRate),
    captions: shown ? (shown.language || "und").slice(0, 35) : null,
    full_screen: Boolean(full?.contains(element)),
    screen: [whole(screen.width), whole(screen.height)],
    size: [whole(element.clientWidth), whole(element.clientHeight)],
    quality: whole(/** @type {HTMLVideoElement} */ (element).videoHeight),
  };
}

/** What of it the learner changes. @param {Settings} settings */
const chosen = ({ volume, speed, captions, full_screen }) => JSON.stringify([volume, speed, captions, full_screen]);

/** What it is called on its page. @param {HTMLMediaElement} element */
function titleOf(element) {
  const page = element.ownerDocument;
  const labels = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => (id && page.getElementById(id)?.textContent) || "");
  const caption = element.closest("figure")?.querySelector("figcaption")?.textContent;
  const names = [labels.join(" "), element.getAttribute("aria-label"), element.title, caption, page.title];
  const name = names.map((text) => (text ?? "").replace(/\s+/g, " ").trim()).find((text) => text !== "");
  return (name ?? "").replace(/\p{Surrogate}/gu, "\ufffd").slice(0, TITLE_CHARS).replace(/\p{Surrogate}$/u, "");
}

/** A URL of the content as a path of the package, else without what may be secret in it. @param {string} url @param {string} base */
function pathOf(url, base) {
  try {
    const { protocol, host, pathname } = new URL(url, base);
    if (!/^https?:$/.test(protocol)) return null;
    const root = new URL(base);
    if (host !== root.host || !pathname.startsWith(root.pathname)) return `${protocol}//${host}${pathname}`;
    return pathname.slice(root.pathname.length).split("/").map(decodeURIComponent).join("/");
  } catch {
    return null;
  }
}

/** Where it comes from; without an address of its own, its place on its page. @param {HTMLMediaElement} element @param {string} base */
function addressOf(element, base) {
  const own = pathOf(element.currentSrc, base);
  if (own) return own.slice(0, 500);
  const page = element.ownerDocument;
  const place = element.id || String([...page.querySelectorAll("video, audio")].indexOf(element) + 1);
  return `${pathOf(page.location.href, base) ?? ""}#${place}`.slice(0, 500);
}

export class MediaWatch {
  /** @type {() => Window|null} */
  content = () => null;
  /** @type {WeakSet<Document>} */
  #seen = new WeakSet();
  /** @type {Map<HTMLMediaElement, Medium>} */
  #media = new Map();
  #numbers = 0;
  /** @type {number[]} when lines were told, of the last minute */
  #told = [];

  /** @param {string} base  where content lies, a whole URL @param {(atMs: number, line: Line) => void} tell */
  constructor(base, tell) {
    this.base = base;
    this.tell = tell;
    setInterval(() => this.#look(), TICK_MS);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") for (const medium of this.#media.values()) medium.reached();
    }, { capture: true });
  }

  /** Whether so many more lines may be told in this minute. @param {number} lines */
  hasRoom(lines) {
    const now = performance.now();
    this.#told = this.#told.filter((at) => now - at < MINUTE_MS);
    return this.#told.length + lines <= ROOM;
  }

  /** @param {number} atMs @param {Line} line */
  say(atMs, line) {
    this.#told.push(performance.now());
    this.tell(atMs, line);
  }

  number() {
    this.#numbers += 1;
    return this.#numbers;
  }

  /** New documents, media that are gone, and what plays without being told. */
  #look() {
    this.watch(this.content(), DEPTH);
    for (const [element, medium] of this.#media) {
      if (!element.isConnected || !element.ownerDocument.defaultView) this.#forget(element);
      else if (plays(element)) medium.playing();
    }
  }

  /** Watches a window and the frames inside it. @param {Window|null} target @param {number} depth */
  watch(target, depth = DEPTH) {
    try {
      if (!target) return;
      if (!this.#seen.has(target.document)) this.#listen(target, target.document);
      if (depth > 0) for (let i = 0; i < target.length; i += 1) this.watch(target[i], depth - 1);
    } catch {
      // Content from another origin.
    }
  }

  /** @param {Window} target @param {Document} page */
  #listen(target, page) {
    this.#seen.add(page);
    const on = (/** @type {string} */ type, /** @type {(medium: Medium) => void} */ act) => {
      page.addEventListener(type, (event) => {
        const medium = this.#of(event.target);
        if (medium) act(medium);
      }, { capture: true, passive: true });
    };
    on("playing", (medium) => medium.playing());
    on("timeupdate", (medium) => medium.passed());
    on("seeking", (medium) => medium.seeks());
    on("seeked", (medium) => medium.seeks());
    on("pause", (medium) => medium.paused());
    on("volumechange", (medium) => medium.changes());
    on("ratechange", (medium) => medium.changes());
    on("emptied", (medium) => this.#forget(medium.element));
    page.addEventListener("fullscreenchange", () => {
      for (const medium of this.#media.values()) medium.changes();
    });
    target.addEventListener("pagehide", () => {
      for (const element of [...this.#media.keys()]) if (element.ownerDocument === page) this.#forget(element);
    }, { capture: true });
    for (const element of page.querySelectorAll("video, audio")) this.#of(element)?.found();
  }

  /** @param {any} target @returns {Medium|undefined} */
  #of(target) {
    if (target?.nodeName !== "VIDEO" && target?.nodeName !== "AUDIO") return undefined;
    const known = this.#media.get(target);
    if (known) return known;
    const medium = new Medium(target, this);
    this.#media.set(target, medium);
    return medium;
  }

  /** @param {HTMLMediaElement} element */
  #forget(element) {
    this.#media.get(element)?.close();
    this.#media.delete(element);
  }
}

/** One element, while it plays one thing. */
class Medium {
  /** Its number in the journal; 0 until it first plays. */
  #number = 0;
  /** The journal has it playing. */
  #told = false;
  /** Second where it was last. */
  #at = 0;
  #atMs = performance.now();
  /** Milliseconds played that the journal has not heard of. */
  #ms = 0;
  #saidMs = 0;
  /** @type {{from: number, to: number, atMs: number}|null} a seek that may go on */
  #seek = null;
  /** Started over by itself: once is told, as often as it does. */
  #round = false;
  /** @type {number|undefined} */
  #seekTimer;
  /** @type {number|undefined} */
  #changeTimer;
  /** How it is shown, as told. */
  #chosen = "";

  /** @param {HTMLMediaElement} element @param {MediaWatch} watch */
  constructor(element, watch) {
    this.element = element;
    this.watch = watch;
    element.textTracks.addEventListener("change", () => this.changes());
  }

  /** It was there before anybody listened. */
  found() {
    this.#at = this.element.currentTime;
    if (plays(this.element)) this.playing();
  }

  /** @param {string} what @param {number} time @param {Record<string, unknown>} [more] @param {number} [atMs] */
  #say(what, time, more = {}, atMs = Date.now()) {
    this.#saidMs = performance.now();
    this.watch.say(atMs, { event: "media", medium: this.#number, what, time: exact(Math.max(0, time)), ...more });
  }

  /** What it played since it was last asked. */
  #played() {
    const ms = Math.round(this.#ms);
    this.#ms = 0;
    return { ms };
  }

  /** Time went by. */
  #count() {
    const now = performance.now();
    if (this.#told) this.#ms += Math.min(now - this.#atMs, LONGEST_STEP_MS);
    this.#atMs = now;
  }

  playing() {
    if (this.#told || !this.#opened()) return;
    this.#tellSeek();
    if (!this.watch.hasRoom(1)) return;
    this.#told = true;
    const now = this.element.currentTime;
    // It says that it plays when it has played a little: it began where it stood.
    if (now < this.#at || now - this.#at > BEGUN_S * Math.max(1, this.element.playbackRate)) this.#at = now;
    this.#atMs = performance.now();
    this.#say("played", this.#at);
  }

  /** Whether the journal knows it; it does from when it first plays. */
  #opened() {
    if (this.#number > 0) return true;
    const { element, watch } = this;
    const length = element.duration;
    if (!Number.isFinite(length) || length < SHORTEST_S || !watch.hasRoom(2)) return false;
    this.#number = watch.number();
    const shown = settings(element);
    this.#chosen = chosen(shown);
    const what = { address: addressOf(element, watch.base), title: titleOf(element), length: exact(length) };
    this.#say("opened", element.currentTime, { ...what, ...shown });
    return true;
  }

  /** It is somewhere else, by playing or by a jump that nobody called a seek. */
  passed() {
    const { element } = this;
    if (element.seeking) return;
    const [now, before] = [element.currentTime, this.#at];
    if (this.#seek) {
      this.#count();
      this.#at = now;
      return;
    }
    const passedMs = performance.now() - this.#atMs;
    const possible = (passedMs / 1_000) * Math.max(Math.abs(element.playbackRate), 1) * 1.25 + 0.5;
    this.#count();
    if (this.#told && (now < before - NEAR_S || now - before > possible)) {
      this.seeks();
      return;
    }
    this.#at = now;
    if (this.#told && performance.now() - this.#saidMs > REACHED_MS) this.reached();
  }

  /** It has come so far, and plays on. */
  reached() {
    if (!this.#told || this.#seek || !this.watch.hasRoom(1)) return;
    this.#say("reached", this.#at, this.#played());
  }

  /** It is sent elsewhere, or has arrived there. */
  seeks() {
    const { element } = this;
    const to = element.currentTime;
    if (this.#number === 0) {
      this.#at = to;
      return;
    }
    if (!this.#seek) {
      const left = element.duration - this.#at;
      const startsOver = this.#told && element.loop && to < NEAR_S && left < Math.max(2, element.playbackRate / 2);
      this.#count();
      if (startsOver) this.#at = element.duration;
      // A later round of a loop, or no way at all.
      if ((startsOver && this.#round) || Math.abs(to - this.#at) < NEAR_S) {
        this.#at = to;
        return;
      }
      this.#round = startsOver;
      this.#seek = { from: this.#at, to, atMs: Date.now() };
    }
    // The way there is no time played.
    this.#atMs = performance.now();
    this.#seek.to = to;
    this.#seek.atMs = Date.now();
    this.#at = to;
    clearTimeout(this.#seekTimer);
    this.#seekTimer = setTimeout(() => this.#tellSeek(), CALM_MS);
  }

  #tellSeek() {
    clearTimeout(this.#seekTimer);
    const seek = this.#seek;
    this.#seek = null;
    if (!seek || Math.abs(seek.to - seek.from) < NEAR_S) return;
    if (this.watch.hasRoom(1)) {
      this.#say("seeked", seek.to, { from: exact(seek.from), ...this.#played() }, seek.atMs);
    } else {
      // What is not told must not look watched: it goes on from where it is told to play again.
      this.#stops(seek.from);
    }
  }

  /** @param {number} time */
  #stops(time) {
    if (!this.#told) return;
    this.#told = false;
    this.#say("paused", time, this.#played());
  }

  paused() {
    const { element } = this;
    this.#count();
    this.#tellSeek();
    this.#round = false;
    this.#stops(element.seeking ? this.#at : element.currentTime);
    this.#at = element.currentTime;
  }

  /** Volume, speed, captions or the whole screen: told once it is calm, if it is another than before. */
  changes() {
    if (this.#number === 0) return;
    clearTimeout(this.#changeTimer);
    this.#changeTimer = setTimeout(() => {
      const shown = settings(this.element);
      if (this.#number === 0 || chosen(shown) === this.#chosen || !this.watch.hasRoom(1)) return;
      this.#chosen = chosen(shown);
      this.#say("changed", this.element.currentTime, { ...shown });
    }, CALM_MS);
  }

  /** It is gone, or plays another thing now. */
  close() {
    clearTimeout(this.#changeTimer);
    if (this.#number === 0) return;
    this.#count();
    this.#tellSeek();
    this.#say("closed", this.#at, this.#played());
    this.#number = 0;
    this.#told = false;
  }
}
