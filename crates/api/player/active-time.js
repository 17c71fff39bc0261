// @ts-check
//! Time in use: the page or the content's own window is visible, and the learner did something lately or media
//! is playing.

const TICK_MS = 1_000;
/** A page behind the content's own window ticks as seldom as that. */
const HIDDEN_TICK_MS = 60_000;
const RECENT_MS = 60_000;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"];

export class ActiveTime {
  #lastInput = performance.now();
  #started = performance.now();
  #lastTick = performance.now();

  /** @param {number} activeMs @param {number} wallMs  what earlier pages of this session counted */
  constructor(activeMs, wallMs) {
    this.active_ms = activeMs;
    this.wallBefore = wallMs;
    /** @type {() => Window|null} */
    this.content = () => null;
    this.watch(window);
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Both times as the journal sends them. */
  get times() {
    return {
      active_ms: Math.round(this.active_ms),
      wall_ms: Math.round(this.wallBefore + performance.now() - this.#started),
    };
  }

  /** Counts input in a window, and in the same-origin frames inside it. @param {Window} target */
  watch(target) {
    try {
      for (const type of INPUT) {
        target.addEventListener(type, () => { this.#lastInput = performance.now(); }, { capture: true, passive: true });
      }
    } catch {
      // Content from another origin: its media and input stay unseen.
    }
  }

  #tick() {
    const now = performance.now();
    const isBehind = document.visibilityState !== "visible";
    const passed = Math.min(now - this.#lastTick, isBehind ? HIDDEN_TICK_MS + TICK_MS : 2 * TICK_MS);
    this.#lastTick = now;
    if (isBehind && !isVisible(this.content())) return;
    if (now - this.#lastInput < RECENT_MS || playing(this.content(), 3)) this.active_ms += passed;
  }
}

/** Whether a window is in sight. @param {Window|null} target */
function isVisible(target) {
  try {
    return target?.document.visibilityState === "visible";
  } catch {
    return false;
  }
}

/** Whether media plays in a window or the frames inside it. @param {Window|null} target @param {number} depth @returns {boolean} */
function playing(target, depth) {
  try {
    if (!target) return false;
    const media = [...target.document.querySelectorAll("video, audio")];
    if (media.some((item) => !(/** @type {HTMLMediaElement} */ (item).paused))) return true;
    return depth > 0 && Array.from({ length: target.length }, (_, i) => target[i]).some((frame) => playing(frame, depth - 1));
  } catch {
    return false;
  }
}
