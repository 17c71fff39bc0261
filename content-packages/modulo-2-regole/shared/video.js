// @ts-check
// The lesson's video: what was watched, where to resume, captions, speed, and the text that follows.
//
// The browser's own controls play it. This file adds what they lack and measures. When the video
// cannot play (no file, no network, no decoder) it says so and the text version takes its place.

import { Watched } from "./watched.js";

const SAVE_EVERY_MS = 10_000;
const CHOICES = "percorso-video";

/** The learner's choices for all videos of this LMS; a browser that keeps nothing is no obstacle. */
const choices = {
  /** @returns {{ captions?: boolean, rate?: number, follow?: boolean }} */
  read() {
    try {
      return JSON.parse(localStorage.getItem(CHOICES) ?? "{}");
    } catch {
      return {};
    }
  },
  /** @param {{ captions?: boolean, rate?: number, follow?: boolean }} change */
  write(change) {
    try {
      localStorage.setItem(CHOICES, JSON.stringify({ ...choices.read(), ...change }));
    } catch {
      // kept for this page only
    }
  },
};

/** 83.2 → "1:23". @param {number} seconds */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class LessonVideo {
  /**
   * @param {HTMLElement} box holds the video and its extra controls
   * @param {HTMLElement[]} scenes of the text version, with their times where the video is made
   * @param {import("./run-time.js").RunTime} runTime
   * @param {{ watched: string, changed: () => void, failed: () => void }} lesson
   */
  constructor(box, scenes, runTime, lesson) {
    this.box = box;
    this.video = /** @type {HTMLVideoElement} */ (box.querySelector("video"));
    this.scenes = scenes.filter((scene) => scene.dataset.end);
    this.runTime = runTime;
    this.lesson = lesson;
    this.watched = new Watched(lesson.watched);
    this.at = 0;
    this.atMs = performance.now();
    this.savedMs = 0;
    this.current = -1;
    this.listen();
    this.buildControls();
    this.name(0);
    runTime.watch(this.video, this.video.getAttribute("aria-label") ?? document.title);
  }

  get playable() {
    return !this.box.hidden;
  }

  /** How much of a scene was watched, 0 to 1. @param {HTMLElement} scene */
  share(scene) {
    return scene.dataset.end ? this.watched.share(Number(scene.dataset.start), Number(scene.dataset.end)) : 0;
  }

  listen() {
    const { video } = this;
    const jump = () => {
      this.at = video.currentTime;
      this.atMs = performance.now();
    };
    video.addEventListener("timeupdate", () => this.played());
    video.addEventListener("seeking", jump);
    video.addEventListener("seeked", jump);
    video.addEventListener("play", jump);
    video.addEventListener("ratechange", () => {
      this.played();
      choices.write({ rate: video.playbackRate });
      this.runTime.wishSpeed(video.playbackRate);
      const select = /** @type {HTMLSelectElement | null} */ (this.box.querySelector("[data-rate]"));
      if (select) select.value = String(video.playbackRate);
    });
    for (const event of ["pause", "ended"]) {
      video.addEventListener(event, () => {
        this.played();
        this.lesson.changed();
      });
    }
    // A source that cannot be had fires on <source>; a video that breaks off, on <video>.
    video.querySelector("source")?.addEventListener("error", () => this.fail());
    video.addEventListener("error", () => this.fail());
    if (video.error || video.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) this.fail();
  }

  /** Counts what has just played: never more than the clock on the wall allows at this speed. */
  played() {
    const { video } = this;
    const [now, nowMs] = [video.currentTime, performance.now()];
    const possible = ((nowMs - this.atMs) / 1000) * Math.max(video.playbackRate, 1) * 1.25 + 0.5;
    if (!video.seeking && now > this.at && now - this.at <= possible) this.watched.add(this.at, now);
    this.at = now;
    this.atMs = nowMs;
    this.follow();
    if (nowMs - this.savedMs > SAVE_EVERY_MS) {
      this.savedMs = nowMs;
      this.lesson.changed();
    }
  }

  /** The scene that is playing, marked in the text and named below the video. */
  follow() {
    const index = this.scenes.findIndex((scene) => this.video.currentTime < Number(scene.dataset.end));
    if (index < 0 || index === this.current) return;
    this.scenes[this.current]?.removeAttribute("aria-current");
    this.current = index;
    this.scenes[index].setAttribute("aria-current", "true");
    this.name(index);
    if (choices.read().follow && !this.video.paused) {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.scenes[index].scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
    }
  }

  /** Says below the video which part of it this is. @param {number} index */
  name(index) {
    const now = this.box.querySelector("[data-now]");
    const scene = this.scenes[index];
    if (now && scene) now.textContent = `${index + 1} di ${this.scenes.length}: ${scene.querySelector("h3")?.firstChild?.textContent ?? ""}`;
  }

  fail() {
    if (!this.playable) return;
    this.box.hidden = true;
    this.lesson.failed();
  }

  /** Back to where the learner was. @param {number} seconds */
  resume(seconds) {
    const { video } = this;
    const seek = () => {
      if (seconds < video.duration - 1) video.currentTime = seconds;
    };
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) seek();
    else video.addEventListener("loadedmetadata", seek, { once: true });
    const note = /** @type {HTMLElement | null} */ (this.box.querySelector("[data-resume]"));
    if (!note) return;
    note.hidden = false;
    note.prepend(`Riprendi da ${clock(seconds)}. `);
    note.querySelector("button")?.addEventListener("click", () => {
      video.currentTime = 0;
      note.hidden = true;
      void video.play().catch(() => {});
    });
  }

  /** Captions, speed, ten seconds back, follow the text; a play button at each scene of the text. */
  buildControls() {
    const { video } = this;
    const wish = choices.read();
    const track = video.textTracks[0];
    this.checkbox("[data-captions]", wish.captions ?? this.runTime.wantsCaptions() ?? false, (on) => {
      if (track) track.mode = on ? "showing" : "hidden";
      choices.write({ captions: on });
      this.runTime.wishCaptions(on);
    });
    this.checkbox("[data-follow]", wish.follow ?? false, (on) => {
      choices.write({ follow: on });
      this.box.classList.toggle("follows", on);
    });
    video.textTracks.addEventListener("change", () => {
      const box = /** @type {HTMLInputElement | null} */ (this.box.querySelector("[data-captions]"));
      if (box && track) box.checked = track.mode === "showing";
      if (track) choices.write({ captions: track.mode === "showing" });
    });
    const rate = /** @type {HTMLSelectElement | null} */ (this.box.querySelector("[data-rate]"));
    rate?.addEventListener("change", () => {
      video.playbackRate = Number(rate.value);
    });
    if (wish.rate) video.defaultPlaybackRate = video.playbackRate = wish.rate;
    this.box.querySelector("[data-back]")?.addEventListener("click", () => {
      video.currentTime = Math.max(0, video.currentTime - 10);
    });
    this.scenes.forEach((scene) => {
      const play = document.createElement("button");
      play.type = "button";
      play.className = "play-from";
      play.textContent = `▶ ${clock(Number(scene.dataset.start))}`;
      play.setAttribute("aria-label", `Guarda il video da ${clock(Number(scene.dataset.start))}`);
      play.addEventListener("click", () => {
        video.currentTime = Number(scene.dataset.start);
        this.box.scrollIntoView({ block: "nearest" });
        void video.play().catch(() => {});
      });
      scene.querySelector("h3")?.after(play);
    });
  }

  /** @param {string} selector @param {boolean} on @param {(on: boolean) => void} apply */
  checkbox(selector, on, apply) {
    const box = /** @type {HTMLInputElement | null} */ (this.box.querySelector(selector));
    if (!box) return;
    box.checked = on;
    if (on) apply(true);
    box.addEventListener("change", () => apply(box.checked));
  }
}
