// @ts-check
// The course's own small content runtime: one ES module for SCORM 1.2 and SCORM 2004.
//
// A page declares what it is in HTML (`data-section`, `data-check`, `data-test`); this module finds
// the run-time API, bookmarks, measures progress by the sections seen, records every answer, and says
// completion, success, score and time. Opened without an LMS, the page works all the same and
// records nothing. The text of the course and its layout are elsewhere: in the pages and the CSS.

/**
 * What the two standards call the same things. Everything else in this file is common.
 * @typedef {typeof SCORM_2004} Standard
 */
const SCORM_2004 = {
  object: "API_1484_11",
  initialize: "Initialize",
  terminate: "Terminate",
  get: "GetValue",
  set: "SetValue",
  commit: "Commit",
  entry: "cmi.entry",
  location: "cmi.location",
  suspendData: "cmi.suspend_data",
  exit: "cmi.exit",
  sessionTime: "cmi.session_time",
  completion: "cmi.completion_status",
  success: "cmi.success_status",
  progress: "cmi.progress_measure",
  scoreScaled: "cmi.score.scaled",
  scoreRaw: "cmi.score.raw",
  scoreMin: "cmi.score.min",
  scoreMax: "cmi.score.max",
  response: "learner_response",
  wrong: "incorrect",
  separator: "[,]",
};

/** @type {Record<keyof Standard, string>} An empty name is an element that the standard lacks. */
const SCORM_12 = {
  object: "API",
  initialize: "LMSInitialize",
  terminate: "LMSFinish",
  get: "LMSGetValue",
  set: "LMSSetValue",
  commit: "LMSCommit",
  entry: "cmi.core.entry",
  location: "cmi.core.lesson_location",
  suspendData: "cmi.suspend_data",
  exit: "cmi.core.exit",
  sessionTime: "cmi.core.session_time",
  completion: "cmi.core.lesson_status",
  success: "",
  progress: "",
  scoreScaled: "",
  scoreRaw: "cmi.core.score.raw",
  scoreMin: "cmi.core.score.min",
  scoreMax: "cmi.core.score.max",
  response: "student_response",
  wrong: "wrong",
  separator: ",",
};

const SECTION_DWELL_MS = 1000;
const COMMIT_DELAY_MS = 1000;
const MAX_PARENTS = 100;

/**
 * Looks for the API upwards from `start`, as both standards ask.
 * @param {Window | null} start
 * @param {string} name
 */
function walk(start, name) {
  let win = start;
  for (let i = 0; win && i < MAX_PARENTS; i += 1) {
    try {
      if (win[name]) return win[name];
    } catch {
      return null; // a page of another origin: the API cannot be there
    }
    if (win.parent === win) return null;
    win = win.parent;
  }
  return null;
}

/** The API of the page's standard, or else of the other one. */
function findApi() {
  const declared = document.documentElement.dataset.standard === "scorm12" ? SCORM_12 : SCORM_2004;
  for (const standard of [declared, declared === SCORM_12 ? SCORM_2004 : SCORM_12]) {
    const api = walk(window, standard.object) ?? walk(window.opener, standard.object);
    if (api) return { api, standard };
  }
  return null;
}

/** Run-time calls in the words of this file; without an API every call answers the empty string. */
class RunTime {
  constructor() {
    const found = findApi();
    this.api = found?.api ?? null;
    this.standard = /** @type {Standard} */ (found?.standard ?? SCORM_2004);
    this.startedAt = Date.now();
    this.open = this.call(this.standard.initialize, "") === "true";
    this.interactions = 0;
    this.committing = 0;
    /** @type {Map<string, string>} what was set last: saying it again would only fill the journal */
    this.said = new Map();
    if (this.open) this.interactions = Number(this.get("cmi.interactions._count")) || 0;
  }

  get is12() {
    return this.standard === /** @type {unknown} */ (SCORM_12);
  }

  /** @param {string} method @param {...string} args @returns {string} */
  call(method, ...args) {
    return this.api ? String(this.api[method](...args)) : "";
  }

  /** @param {string} element */
  get(element) {
    return this.open && element ? this.call(this.standard.get, element) : "";
  }

  /** @param {string} element @param {string | number} value */
  set(element, value) {
    if (!this.open || !element || this.said.get(element) === String(value)) return;
    if (this.call(this.standard.set, element, String(value)) === "true") this.said.set(element, String(value));
  }

  /** Commits soon: several changes of one moment travel together. */
  commitSoon() {
    clearTimeout(this.committing);
    this.committing = window.setTimeout(() => this.commit(), COMMIT_DELAY_MS);
  }

  commit() {
    clearTimeout(this.committing);
    if (this.open) this.call(this.standard.commit, "");
  }

  /**
   * Completion and success. SCORM 1.2 has one word for both.
   * @param {boolean} completed
   * @param {boolean | null} passed null: this page does not judge
   */
  status(completed, passed) {
    if (this.is12) {
      const judged = passed === null ? "completed" : passed ? "passed" : "failed";
      this.set(this.standard.completion, completed ? judged : "incomplete");
      return;
    }
    this.set(this.standard.completion, completed ? "completed" : "incomplete");
    if (completed) this.set(this.standard.success, passed === false ? "failed" : "passed");
  }

  /** @param {number} scaled 0 to 1 */
  score(scaled) {
    this.set(this.standard.scoreScaled, scaled);
    this.set(this.standard.scoreMin, 0);
    this.set(this.standard.scoreMax, 100);
    this.set(this.standard.scoreRaw, Math.round(scaled * 100));
  }

  /** @param {Question} question @param {number} sinceMs */
  interaction(question, sinceMs) {
    const at = `cmi.interactions.${this.interactions}`;
    this.interactions += 1;
    const now = new Date();
    this.set(`${at}.id`, question.id);
    this.set(`${at}.type`, "choice");
    if (this.is12) this.set(`${at}.time`, now.toTimeString().slice(0, 8));
    else this.set(`${at}.timestamp`, now.toISOString().slice(0, 19) + "Z");
    this.set(`${at}.correct_responses.0.pattern`, question.correct.join(this.standard.separator));
    this.set(`${at}.${this.standard.response}`, question.chosen().join(this.standard.separator));
    this.set(`${at}.result`, question.isRight() ? "correct" : this.standard.wrong);
    this.set(`${at}.latency`, this.duration(Date.now() - sinceMs));
    if (!this.is12) this.set(`${at}.description`, question.text.slice(0, 250));
  }

  /** @param {number} ms */
  duration(ms) {
    const total = Math.round(ms / 1000);
    const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
    if (!this.is12) return `PT${hours}H${minutes}M${seconds}S`;
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    return `${String(hours).padStart(4, "0")}:${two(minutes)}:${two(seconds)}`;
  }

  /** Once: the page is going away. The attempt is suspended, so that a return finds it as it was. */
  terminate() {
    if (!this.open) return;
    clearTimeout(this.committing);
    this.set(this.standard.sessionTime, this.duration(Date.now() - this.startedAt));
    this.set(this.standard.exit, "suspend");
    this.call(this.standard.terminate, "");
    this.open = false;
  }
}

/** One question: a fieldset with radio buttons (one right answer) or check boxes (several). */
class Question {
  /** @param {HTMLFieldSetElement} fieldset */
  constructor(fieldset) {
    this.fieldset = fieldset;
    this.id = fieldset.dataset.question ?? "";
    this.correct = (fieldset.dataset.correct ?? "").split(" ");
    this.text = fieldset.querySelector("legend")?.textContent?.trim() ?? "";
    this.inputs = [...fieldset.querySelectorAll("input")];
  }

  chosen() {
    return this.inputs.filter((input) => input.checked).map((input) => input.value);
  }

  isRight() {
    return this.chosen().join(" ") === this.correct.join(" ");
  }

  /** @param {string[]} values */
  choose(values) {
    for (const input of this.inputs) input.checked = values.includes(input.value);
  }

  /** Shows whether the answer was right, and why. */
  judge() {
    this.fieldset.dataset.judged = this.isRight() ? "right" : "wrong";
    const feedback = /** @type {HTMLElement | null} */ (this.fieldset.querySelector("[data-feedback]"));
    if (!feedback) return;
    const verdict = document.createElement("strong");
    verdict.textContent = this.isRight() ? "Esatto. " : "Non è così. ";
    feedback.querySelector("strong")?.remove();
    feedback.prepend(verdict);
    feedback.hidden = false;
  }

  reset() {
    delete this.fieldset.dataset.judged;
    for (const input of this.inputs) input.checked = false;
    const feedback = /** @type {HTMLElement | null} */ (this.fieldset.querySelector("[data-feedback]"));
    if (feedback) feedback.hidden = true;
  }
}

/**
 * What is kept between visits.
 * @typedef {object} Kept
 * @property {string[]} seen ids of the sections seen
 * @property {Record<string, string[]>} answers the answers given, by question
 * @property {string[]} right ids of the check questions answered rightly
 * @property {number | null} best best score of the test, 0 to 1
 */

/** The page: a lesson with its sections and checks, or a test. */
class Page {
  /** @param {RunTime} runTime */
  constructor(runTime) {
    this.runTime = runTime;
    this.sections = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-section]")]);
    this.checks = /** @type {HTMLFormElement[]} */ ([...document.querySelectorAll("form[data-check]")]);
    this.test = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-test]"));
    this.askedAt = Date.now();
    this.kept = this.restore();
  }

  /** @returns {Kept} */
  restore() {
    /** @type {Kept} */
    const nothing = { seen: [], answers: {}, right: [], best: null };
    const data = this.runTime.get(this.runTime.standard.suspendData);
    try {
      return data ? { ...nothing, ...JSON.parse(data) } : nothing;
    } catch {
      return nothing;
    }
  }

  begin() {
    for (const form of this.checks) this.prepareCheck(form);
    if (this.test) this.prepareTest(this.test);
    this.watchSections();
    this.bookmark();
    this.report();
  }

  /** @param {HTMLFormElement} form */
  questions(form) {
    return [...form.querySelectorAll("fieldset")].map((fieldset) => new Question(fieldset));
  }

  /** A check of understanding: as many tries as the learner likes. @param {HTMLFormElement} form */
  prepareCheck(form) {
    const questions = this.questions(form);
    for (const question of questions) {
      const given = this.kept.answers[question.id];
      if (given) {
        question.choose(given);
        question.judge();
      }
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      for (const question of questions) {
        question.judge();
        this.kept.answers[question.id] = question.chosen();
        if (question.isRight() && !this.kept.right.includes(question.id)) this.kept.right.push(question.id);
        this.runTime.interaction(question, this.askedAt);
      }
      this.askedAt = Date.now();
      this.report();
    });
  }

  /** The test of a module: all answers at once, then the score; the best try counts. @param {HTMLFormElement} form */
  prepareTest(form) {
    const questions = this.questions(form);
    const mastery = Number(form.dataset.mastery);
    const result = /** @type {HTMLElement} */ (form.querySelector("[data-result]"));
    const again = /** @type {HTMLButtonElement} */ (form.querySelector("button[data-again]"));
    const submit = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    const show = () => {
      for (const question of questions) question.judge();
      const right = questions.filter((question) => question.isRight()).length;
      const needed = Math.ceil(mastery * questions.length);
      result.textContent =
        `Risposte esatte: ${right} su ${questions.length}. ` +
        (right >= needed ? "Test superato." : `Ne servono ${needed}: rivedi gli oggetti del modulo e riprova.`);
      again.hidden = false;
      submit.hidden = true;
    };
    for (const question of questions) question.choose(this.kept.answers[question.id] ?? []);
    if (this.kept.best !== null && questions.every((question) => question.chosen().length > 0)) show();
    form.addEventListener("change", () => {
      for (const question of questions) this.kept.answers[question.id] = question.chosen();
      this.keep();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      for (const question of questions) {
        this.kept.answers[question.id] = question.chosen();
        this.runTime.interaction(question, this.askedAt);
      }
      const scaled = questions.filter((question) => question.isRight()).length / questions.length;
      this.kept.best = Math.max(this.kept.best ?? 0, scaled);
      show();
      this.report();
      this.runTime.commit();
      result.focus();
    });
    again.addEventListener("click", () => {
      for (const question of questions) question.reset();
      this.kept.answers = {};
      this.askedAt = Date.now();
      result.textContent = "";
      again.hidden = true;
      submit.hidden = false;
      this.keep();
      form.querySelector("input")?.focus();
    });
  }

  /** A section is seen when its end has stayed in view for a moment on a visible page. */
  watchSections() {
    /** @type {Map<Element, number>} */
    const waiting = new Map();
    const observer = new IntersectionObserver((changes) => {
      for (const change of changes) {
        clearTimeout(waiting.get(change.target));
        if (!change.isIntersecting) continue;
        const section = /** @type {HTMLElement} */ (change.target.parentElement);
        const seen = () => {
          if (document.visibilityState === "visible") this.see(section);
          else waiting.set(change.target, window.setTimeout(seen, SECTION_DWELL_MS));
        };
        waiting.set(change.target, window.setTimeout(seen, SECTION_DWELL_MS));
      }
    });
    for (const section of this.sections) {
      const end = document.createElement("span");
      end.className = "section-end";
      section.append(end);
      observer.observe(end);
    }
  }

  /** @param {HTMLElement} section */
  see(section) {
    this.runTime.set(this.runTime.standard.location, section.id);
    if (!this.kept.seen.includes(section.id)) this.kept.seen.push(section.id);
    this.report();
  }

  /** Back to where the learner was. */
  bookmark() {
    const location = this.runTime.get(this.runTime.standard.location);
    const section = location && document.getElementById(location);
    if (!section || section === this.sections[0]) return;
    section.tabIndex = -1;
    section.scrollIntoView();
    section.focus({ preventScroll: true });
  }

  keep() {
    this.runTime.set(this.runTime.standard.suspendData, JSON.stringify(this.kept));
    this.runTime.commitSoon();
  }

  /** Tells the LMS, and the learner, how far this page is. */
  report() {
    const progress = this.progress();
    this.runTime.set(this.runTime.standard.progress, Math.round(progress * 1000) / 1000);
    if (this.test) {
      const best = this.kept.best;
      if (best !== null) this.runTime.score(best);
      this.runTime.status(best !== null, best === null ? null : best >= Number(this.test.dataset.mastery));
    } else {
      this.runTime.status(progress >= 1, null);
    }
    this.keep();
    const bar = /** @type {HTMLProgressElement | null} */ (document.querySelector("progress"));
    if (bar) bar.value = progress;
  }

  /** 0 to 1: sections seen and checks answered rightly, out of all; a test is all or nothing. */
  progress() {
    if (this.test) return this.kept.best === null ? 0 : 1;
    const questions = this.checks.flatMap((form) => this.questions(form));
    const done =
      this.sections.filter((section) => this.kept.seen.includes(section.id)).length +
      questions.filter((question) => this.kept.right.includes(question.id)).length;
    return done / (this.sections.length + questions.length);
  }
}

const runTime = new RunTime();
new Page(runTime).begin();
addEventListener("pagehide", () => runTime.terminate());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") runTime.commit();
});
