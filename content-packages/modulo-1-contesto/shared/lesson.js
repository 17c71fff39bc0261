// @ts-check
// A learning object: a video, the same lesson in text, a check of understanding.
//
// Each scene counts once, watched or read. The object is done when nine tenths of the scenes are and
// every question of the check was answered rightly. When the module's test has found this lesson
// wanting (its objective is failed), the check is asked again: that is the remediation.

import { questions } from "./questions.js";
import { LessonVideo } from "./video.js";

const ENOUGH = 0.9;
const CHECK_SHARE = 0.2;
const DWELL_MS = 1000;
const DWELL_PER_WORD_MS = 25;

/**
 * What is kept between visits.
 * @typedef {object} Kept
 * @property {string[]} seen ids of the scenes read
 * @property {string} watched the parts of the video watched
 * @property {Record<string, string[]>} answers the answers given, by question
 * @property {string[]} right ids of the questions answered rightly
 * @property {boolean} done completed once
 * @property {boolean} review back here because the test asked for it
 * @property {Record<string, string>} notes what the learner wrote on the worksheet, for themselves
 */

export class Lesson {
  /** @param {import("./run-time.js").RunTime} runTime */
  constructor(runTime) {
    this.runTime = runTime;
    this.id = document.documentElement.dataset.activity ?? "";
    this.scenes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-scene]")]);
    this.text = /** @type {HTMLDetailsElement | null} */ (document.querySelector("details[data-text]"));
    this.checks = [...document.querySelectorAll("form")].flatMap((form) => questions(form));
    this.askedAt = Date.now();
    this.kept = this.restore();
    this.startReview();
    this.video = this.prepareVideo();
  }

  /** @returns {Kept} */
  restore() {
    /** @type {Kept} */
    const nothing = { seen: [], watched: "", answers: {}, right: [], done: false, review: false, notes: {} };
    try {
      return { ...nothing, ...JSON.parse(this.runTime.kept() ?? "{}") };
    } catch {
      return nothing;
    }
  }

  /** The test found this lesson wanting: its questions are open again. */
  startReview() {
    if (this.runTime.objective(this.id) !== "failed") return;
    if (!this.kept.review) this.kept = { ...this.kept, review: true, answers: {}, right: [] };
    const note = /** @type {HTMLElement | null} */ (document.querySelector("[data-review]"));
    if (note) note.hidden = false;
  }

  prepareVideo() {
    const box = /** @type {HTMLElement | null} */ (document.querySelector("[data-video]"));
    if (!box) return null;
    return new LessonVideo(box, this.scenes, this.runTime, {
      watched: this.kept.watched,
      changed: () => this.report(),
      failed: () => this.textInstead(),
    });
  }

  begin() {
    for (const form of document.querySelectorAll("form")) this.prepareCheck(form);
    this.prepareNotes();
    this.watchScenes();
    if (this.video && !this.video.playable) this.textInstead();
    this.resume();
    this.report();
  }

  /** The video cannot play here: the text is the lesson. */
  textInstead() {
    const note = /** @type {HTMLElement | null} */ (document.querySelector("[data-no-video]"));
    if (note) note.hidden = false;
    if (this.text) this.text.open = true;
  }

  /** A check of understanding: as many tries as the learner likes. @param {HTMLFormElement} form */
  prepareCheck(form) {
    const asked = questions(form);
    for (const question of asked) {
      const given = this.kept.answers[question.id];
      if (!given) continue;
      question.choose(given);
      question.judge();
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      for (const question of asked) {
        question.judge();
        this.kept.answers[question.id] = question.given();
        if (question.isRight() && !this.kept.right.includes(question.id)) this.kept.right.push(question.id);
        this.runTime.answered(question.answer(this.askedAt));
      }
      this.askedAt = Date.now();
      this.report();
      this.runTime.commit();
    });
  }

  /** The worksheet: kept between visits, said to nobody. */
  prepareNotes() {
    for (const area of /** @type {NodeListOf<HTMLTextAreaElement>} */ (document.querySelectorAll("textarea[data-note]"))) {
      const name = area.dataset.note ?? "";
      area.value = this.kept.notes[name] ?? "";
      area.addEventListener("change", () => {
        this.kept.notes[name] = area.value;
        this.keep();
      });
    }
    document.querySelector("button[data-print]")?.addEventListener("click", () => print());
    addEventListener("beforeprint", () => this.showNotesWhole());
  }

  /** On paper a field cannot be scrolled: what it holds is printed as text. */
  showNotesWhole() {
    for (const area of /** @type {NodeListOf<HTMLTextAreaElement>} */ (document.querySelectorAll("textarea[data-note]"))) {
      let whole = area.parentElement?.querySelector(".printed");
      if (!whole) {
        whole = document.createElement("span");
        whole.className = "printed";
        whole.setAttribute("aria-hidden", "true");
        area.after(whole);
      }
      whole.textContent = area.value;
    }
  }

  /** A scene is read when its end has stayed in view for a moment on a visible page. */
  watchScenes() {
    /** @type {Map<Element, number>} */
    const waiting = new Map();
    const observer = new IntersectionObserver((changes) => {
      for (const change of changes) {
        clearTimeout(waiting.get(change.target));
        if (!change.isIntersecting) continue;
        const scene = /** @type {HTMLElement} */ (change.target.parentElement);
        const words = scene.textContent?.split(/\s+/).length ?? 0;
        const dwell = Math.max(DWELL_MS, words * DWELL_PER_WORD_MS);
        const read = () => {
          if (document.visibilityState === "visible") this.read(scene);
          else waiting.set(change.target, window.setTimeout(read, dwell));
        };
        waiting.set(change.target, window.setTimeout(read, dwell));
      }
    });
    for (const scene of this.scenes) {
      const end = document.createElement("span");
      end.className = "scene-end";
      scene.append(end);
      observer.observe(end);
    }
  }

  /** @param {HTMLElement} scene */
  read(scene) {
    if (!this.kept.seen.includes(scene.id)) this.kept.seen.push(scene.id);
    if (this.video?.video.paused ?? true) this.runTime.bookmarkAt(scene.id);
    this.report();
  }

  /** Back to where the learner was: a second of the video, or a scene of the text. */
  resume() {
    const bookmark = this.runTime.bookmark();
    const seconds = Number(/^t=([\d.]+)$/.exec(bookmark)?.[1]);
    if (seconds > 0) {
      this.video?.resume(seconds);
      return;
    }
    const scene = bookmark ? document.getElementById(bookmark) : null;
    if (!scene || scene === this.scenes[0]) return;
    if (this.text) this.text.open = true;
    scene.tabIndex = -1;
    scene.scrollIntoView();
    scene.focus({ preventScroll: true });
  }

  /** How much of the lesson was watched or read, 0 to 1; longer scenes weigh more. */
  followed() {
    let [all, followed] = [0, 0];
    for (const scene of this.scenes) {
      const weight = scene.dataset.end ? Number(scene.dataset.end) - Number(scene.dataset.start) : (scene.textContent?.length ?? 1) / 15;
      all += weight;
      followed += weight * (this.kept.seen.includes(scene.id) ? 1 : (this.video?.share(scene) ?? 0));
    }
    return all > 0 ? followed / all : 1;
  }

  /** Tells the LMS, and the learner, how far this object is. */
  report() {
    const lesson = Math.min(1, this.followed() / ENOUGH);
    const open = this.checks.filter((question) => !this.kept.right.includes(question.id)).length;
    const checked = this.checks.length > 0 ? 1 - open / this.checks.length : 1;
    const progress = this.checks.length > 0 ? lesson * (1 - CHECK_SHARE) + checked * CHECK_SHARE : lesson;
    const finished = lesson >= 1 && open === 0;
    this.kept.done ||= finished;
    if (this.kept.review && open === 0) this.kept.review = false;
    this.runTime.progress(this.kept.done ? 1 : progress);
    this.runTime.status(this.kept.done, this.kept.done && !this.kept.review ? true : null);
    this.keep();
    this.show(this.kept.done ? 1 : progress, lesson, open);
  }

  keep() {
    const { video } = this;
    if (video) {
      this.kept.watched = String(video.watched);
      if (video.video.currentTime > 0 && !video.video.error) this.runTime.bookmarkAt(`t=${video.video.currentTime.toFixed(1)}`);
    }
    this.runTime.keep(JSON.stringify(this.kept));
  }

  /** @param {number} progress @param {number} lesson @param {number} open questions not yet answered rightly */
  show(progress, lesson, open) {
    const bar = /** @type {HTMLProgressElement | null} */ (document.querySelector("progress"));
    if (bar) bar.value = progress;
    const left = document.querySelector("[data-left]");
    if (left) {
      const parts = [];
      if (lesson < 1 && !this.kept.done) parts.push(`${Math.round(lesson * 100)}% della lezione seguita`);
      if (open > 0) parts.push(open === 1 ? "resta una domanda" : `restano ${open} domande`);
      left.textContent = this.kept.done && open === 0 ? "Oggetto completato." : `Avanzamento: ${parts.join("; ")}.`;
    }
    this.showWayOn(open);
  }

  /** After a review: to the next lesson to review, or back to the test. @param {number} open */
  showWayOn(open) {
    const note = document.querySelector("[data-review]");
    const button = /** @type {HTMLButtonElement | null} */ (note?.querySelector("button") ?? null);
    if (!note || !button || note.hasAttribute("hidden") || open > 0 || !this.runTime.sequences) return;
    const { lessons = "", test = "" } = document.documentElement.dataset;
    const next = lessons.split(" ").find((id) => id !== this.id && this.runTime.objective(id) === "failed");
    button.hidden = false;
    button.textContent = next ? "Vai alla prossima lezione da ripassare" : "Torna al test";
    button.onclick = () => {
      this.keep();
      this.runTime.go(next ?? test);
    };
  }

  leave() {
    if (!this.runTime.open) return;
    this.report();
    this.runTime.terminate("suspend");
  }
}
