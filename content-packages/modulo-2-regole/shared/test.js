// @ts-check
// The module's test: questions drawn fairly from each lesson, all answers at once, then the score.
//
// A failed test tells each lesson's objective what was missing; where the LMS sequences (SCORM 2004),
// the way back to the test leads through those lessons. Elsewhere the test is simply taken again,
// with a new draw.

import { questions } from "./questions.js";

/**
 * What is kept between visits.
 * @typedef {object} Kept
 * @property {string[]} drawn ids of this attempt's questions
 * @property {Record<string, string[]>} answers
 * @property {boolean} handedIn
 * @property {number | null} best best score so far, 0 to 1
 */

/** `count` of `all`, each as likely as the other, in their order. @template T @param {T[]} all @param {number} count */
export function draw(all, count) {
  const left = [...all];
  while (left.length > count) left.splice(Math.floor(Math.random() * left.length), 1);
  return left;
}

export class Test {
  /** @param {import("./run-time.js").RunTime} runTime @param {HTMLFormElement} form */
  constructor(runTime, form) {
    this.runTime = runTime;
    this.form = form;
    this.pool = questions(form);
    this.lessons = (document.documentElement.dataset.lessons ?? "").split(" ").filter(Boolean);
    this.mastery = Number(form.dataset.mastery);
    this.result = /** @type {HTMLElement} */ (form.querySelector("[data-result]"));
    this.again = /** @type {HTMLButtonElement} */ (form.querySelector("button[data-again]"));
    this.submit = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    this.askedAt = Date.now();
    /** @type {Kept} */
    this.kept = { drawn: [], answers: {}, handedIn: false, best: null };
    try {
      this.kept = { ...this.kept, ...JSON.parse(runTime.kept() ?? "{}") };
    } catch {
      // begins anew
    }
  }

  get asked() {
    return this.pool.filter((question) => this.kept.drawn.includes(question.id));
  }

  get passed() {
    return this.kept.best !== null && this.kept.best >= this.mastery;
  }

  begin() {
    const missed = this.missedLessons();
    if (missed.length > 0 && !this.kept.handedIn) this.sendToReview(missed[0]);
    if (this.kept.drawn.length === 0) this.draw();
    this.layOut();
    if (this.kept.handedIn) this.showResult();
    this.form.addEventListener("change", () => {
      for (const question of this.asked) this.kept.answers[question.id] = question.given();
      this.keep();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.handIn();
    });
    this.again.addEventListener("click", () => this.takeAgain());
    this.report();
  }

  /** Lessons whose objective an earlier attempt has failed, and nobody has reviewed yet. */
  missedLessons() {
    return this.runTime.sequences ? this.lessons.filter((id) => this.runTime.objective(id) === "failed") : [];
  }

  /** The same number from each lesson, so that none is left out and none weighs more. */
  draw() {
    const each = Number(this.form.dataset.draw);
    this.kept.drawn = this.lessons.flatMap((lesson) =>
      draw(
        this.pool.filter((question) => question.lesson === lesson),
        each,
      ).map((question) => question.id),
    );
    this.kept.answers = {};
    this.kept.handedIn = false;
  }

  layOut() {
    let number = 0;
    for (const question of this.pool) {
      const asked = this.kept.drawn.includes(question.id);
      question.fieldset.hidden = question.fieldset.disabled = !asked;
      if (!asked) continue;
      number += 1;
      const legend = question.fieldset.querySelector("legend");
      if (legend) legend.textContent = `${number}. ${question.text}`;
      question.choose(this.kept.answers[question.id] ?? []);
    }
  }

  handIn() {
    const asked = this.asked;
    for (const question of asked) {
      this.kept.answers[question.id] = question.given();
      this.runTime.answered(question.answer(this.askedAt));
    }
    const scaled = asked.filter((question) => question.isRight()).length / asked.length;
    this.kept.best = Math.max(this.kept.best ?? 0, scaled);
    this.kept.handedIn = true;
    for (const lesson of this.lessons) this.runTime.setObjective(lesson, this.passed || this.rightIn(lesson));
    this.showResult();
    this.report();
    this.runTime.commit();
    this.result.focus();
  }

  /** @param {string} lesson */
  rightIn(lesson) {
    return this.asked.filter((question) => question.lesson === lesson).every((question) => question.isRight());
  }

  showResult() {
    const asked = this.asked;
    for (const question of asked) {
      question.judge();
      question.fieldset.disabled = true;
    }
    const right = asked.filter((question) => question.isRight()).length;
    const needed = Math.ceil(this.mastery * asked.length - 1e-9);
    const verdict = document.createElement("p");
    verdict.textContent = `Risposte esatte: ${right} su ${asked.length}. ${
      right >= needed ? "Test superato." : `Ne servono ${needed}.`
    }`;
    this.result.replaceChildren(verdict);
    this.submit.hidden = true;
    this.again.hidden = false;
    this.again.textContent = "Ripeti il test";
    if (this.passed) return;
    this.result.append(this.toReview());
    if (this.runTime.sequences) this.again.textContent = "Vai al ripasso";
  }

  /** The lessons to go back to, by their titles. */
  toReview() {
    const box = document.createElement("div");
    const intro = document.createElement("p");
    intro.textContent = "Da ripassare prima di riprovare:";
    const list = document.createElement("ul");
    for (const lesson of this.lessons.filter((id) => !this.rightIn(id))) {
      const item = document.createElement("li");
      item.textContent = this.form.querySelector(`[data-lesson-title="${CSS.escape(lesson)}"]`)?.textContent ?? lesson;
      list.append(item);
    }
    box.append(intro, list);
    return box;
  }

  takeAgain() {
    if (!this.passed && this.runTime.sequences) {
      this.runTime.go("continue"); // the sequencing rules lead back to the lesson missed
      return;
    }
    for (const question of this.pool) question.reset();
    this.draw();
    this.layOut();
    this.askedAt = Date.now();
    this.result.replaceChildren();
    this.again.hidden = true;
    this.submit.hidden = false;
    this.keep();
    /** @type {HTMLElement | null} */ (this.form.querySelector("fieldset:not([hidden]) input"))?.focus();
  }

  /** Somebody came back to a failed test without the review. @param {string} lesson */
  sendToReview(lesson) {
    const note = /** @type {HTMLElement | null} */ (document.querySelector("[data-review]"));
    if (!note) return;
    note.hidden = false;
    this.form.hidden = true;
    note.querySelector("button")?.addEventListener("click", () => this.runTime.go(lesson));
  }

  keep() {
    this.runTime.keep(JSON.stringify(this.kept));
  }

  report() {
    if (this.kept.best !== null) this.runTime.score(this.kept.best);
    this.runTime.progress(this.kept.best === null ? 0 : 1);
    this.runTime.status(this.kept.best !== null, this.kept.best === null ? null : this.passed);
    this.keep();
  }

  /** A failed attempt ends here, so that sequencing judges it; any other waits. */
  leave() {
    const failed = this.kept.handedIn && !this.passed && this.runTime.sequences;
    this.runTime.terminate(failed ? "normal" : "suspend");
  }
}
