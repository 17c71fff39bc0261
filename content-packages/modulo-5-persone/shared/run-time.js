// @ts-check
// The run-time API under one set of words, for SCORM 1.2 and SCORM 2004.
//
// Finds the API as both standards ask and says what the pages want said: bookmark, kept data, answers,
// objectives, score, status, navigation. Without an LMS every call answers the empty string, so a page
// works all the same. What is to be said, and when, is decided in `lesson.js` and `test.js`.

/**
 * What the two standards call the same things. An empty name is an element that the standard lacks.
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
  objectiveStatus: "success_status",
  response: "learner_response",
  wrong: "incorrect",
  captions: "cmi.learner_preference.audio_captioning",
  speed: "cmi.learner_preference.delivery_speed",
};

/** @type {Record<keyof Standard, string>} */
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
  objectiveStatus: "status",
  response: "student_response",
  wrong: "wrong",
  captions: "cmi.student_preference.text",
  speed: "",
};

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

/**
 * One answer to one question, in the words of no standard.
 * @typedef {object} Answer
 * @property {string} id
 * @property {"choice" | "true-false" | "numeric" | "matching"} type
 * @property {string[]} correct ids of options; "true" or "false"; a number; pairs "a.1"
 * @property {string[]} given likewise
 * @property {boolean} right
 * @property {string} text the question as it was asked
 * @property {string} lesson the activity that teaches it
 * @property {number} latencyMs
 * @property {object} components the options, as xAPI writes them
 */

/** @typedef {ScormRunTime | import("./cmi5.js").Cmi5RunTime} RunTime */

export class ScormRunTime {
  constructor() {
    const found = findApi();
    this.api = found?.api ?? null;
    this.standard = /** @type {Standard} */ (found?.standard ?? SCORM_2004);
    this.startedAt = Date.now();
    this.open = this.call(this.standard.initialize, "") === "true";
    this.committing = 0;
    /** @type {Map<string, string>} what was set last: saying it again would only fill the journal */
    this.said = new Map();
    /** A first visit has nothing kept; asking would be an error in SCORM 2004. */
    this.resumes = this.get(this.standard.entry) === "resume";
    this.interactions = Number(this.get("cmi.interactions._count")) || 0;
  }

  /** Whether failing a test leads anywhere: SCORM 1.2 knows no sequencing. */
  get sequences() {
    return this.open && !this.is12;
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

  /** What the last visit kept, or null. */
  kept() {
    return (this.resumes && this.get(this.standard.suspendData)) || null;
  }

  /** @param {string} data */
  keep(data) {
    this.set(this.standard.suspendData, data);
    this.commitSoon();
  }

  /** Where the last visit was. */
  bookmark() {
    return this.resumes ? this.get(this.standard.location) : "";
  }

  /** @param {string} location */
  bookmarkAt(location) {
    this.set(this.standard.location, location);
  }

  /** Commits soon: several changes of one moment travel together. */
  commitSoon() {
    if (this.committing) return;
    this.committing = window.setTimeout(() => this.commit(), COMMIT_DELAY_MS);
  }

  commit() {
    clearTimeout(this.committing);
    this.committing = 0;
    if (this.open) this.call(this.standard.commit, "");
  }

  /** @param {number} measure 0 to 1 */
  progress(measure) {
    this.set(this.standard.progress, Math.round(measure * 100) / 100);
  }

  /**
   * Completion and success. SCORM 1.2 has one word for both.
   * @param {boolean} completed
   * @param {boolean | null} passed null: not judged (yet)
   */
  status(completed, passed) {
    if (this.is12) {
      const judged = passed === null ? "completed" : passed ? "passed" : "failed";
      this.set(this.standard.completion, completed ? judged : "incomplete");
      return;
    }
    this.set(this.standard.completion, completed ? "completed" : "incomplete");
    if (passed !== null) this.set(this.standard.success, passed ? "passed" : "failed");
  }

  /** @param {number} scaled 0 to 1 */
  score(scaled) {
    this.set(this.standard.scoreScaled, Math.round(scaled * 10_000) / 10_000);
    this.set(this.standard.scoreMin, 0);
    this.set(this.standard.scoreMax, 100);
    this.set(this.standard.scoreRaw, Math.round(scaled * 100));
  }

  /** "passed", "failed" or anything else for unknown. @param {string} id of an objective */
  objective(id) {
    const at = this.objectiveIndex(id);
    return at < 0 ? "" : this.get(`cmi.objectives.${at}.${this.standard.objectiveStatus}`);
  }

  /** @param {string} id @param {boolean} satisfied */
  setObjective(id, satisfied) {
    let at = this.objectiveIndex(id);
    if (at < 0) {
      at = Number(this.get("cmi.objectives._count")) || 0;
      this.set(`cmi.objectives.${at}.id`, id);
    }
    this.set(`cmi.objectives.${at}.${this.standard.objectiveStatus}`, satisfied ? "passed" : "failed");
  }

  /** @param {string} id */
  objectiveIndex(id) {
    const count = Number(this.get("cmi.objectives._count")) || 0;
    for (let i = 0; i < count; i += 1) if (this.get(`cmi.objectives.${i}.id`) === id) return i;
    return -1;
  }

  /** @param {Answer} answer */
  answered(answer) {
    const at = `cmi.interactions.${this.interactions}`;
    this.interactions += 1;
    const now = new Date();
    this.set(`${at}.id`, answer.id);
    this.set(`${at}.type`, answer.type);
    if (answer.lesson) this.set(`${at}.objectives.0.id`, answer.lesson);
    if (this.is12) this.set(`${at}.time`, now.toTimeString().slice(0, 8));
    else this.set(`${at}.timestamp`, `${now.toISOString().slice(0, 21)}Z`); // a zone only after a fraction
    this.set(`${at}.correct_responses.0.pattern`, this.pattern(answer.type, answer.correct, true));
    this.set(`${at}.${this.standard.response}`, this.pattern(answer.type, answer.given, false));
    this.set(`${at}.result`, answer.right ? "correct" : this.standard.wrong);
    this.set(`${at}.latency`, this.duration(answer.latencyMs));
    if (!this.is12) this.set(`${at}.description`, answer.text.slice(0, 250));
  }

  /**
   * An answer as the standard writes it.
   * @param {Answer["type"]} type
   * @param {string[]} parts
   * @param {boolean} expected a pattern of what is right, not what was given
   */
  pattern(type, parts, expected) {
    if (type === "true-false") return this.is12 ? parts[0].slice(0, 1) : parts[0];
    if (type === "numeric") return expected && !this.is12 ? `${parts[0]}[:]${parts[0]}` : parts[0];
    if (this.is12) return parts.join(",");
    return parts.map((part) => (type === "matching" ? part.replace(".", "[.]") : part)).join("[,]");
  }

  /** @param {number} ms */
  duration(ms) {
    const total = Math.round(ms / 1000);
    const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
    if (!this.is12) return `PT${hours}H${minutes}M${seconds}S`;
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    return `${String(hours).padStart(4, "0")}:${two(minutes)}:${two(seconds)}`;
  }

  /** The player sees the video by itself. @param {HTMLVideoElement} _video @param {string} _name */
  watch(_video, _name) {}

  /** The learner's wish for captions as the LMS keeps it, or null. */
  wantsCaptions() {
    const wish = this.get(this.standard.captions);
    return wish === "1" ? true : wish === "-1" ? false : null;
  }

  /** @param {boolean} on */
  wishCaptions(on) {
    this.set(this.standard.captions, on ? 1 : -1);
  }

  /** @param {number} rate 1 is normal */
  wishSpeed(rate) {
    this.set(this.standard.speed, rate);
  }

  /**
   * Asks the LMS to go on, and leaves. Only SCORM 2004 can.
   * @param {string} request "continue", or the identifier of an activity
   */
  go(request) {
    if (!this.sequences) return;
    this.set("adl.nav.request", request === "continue" ? request : `{target=${request}}choice`);
    this.terminate(request === "continue" ? "normal" : "suspend");
  }

  /**
   * Once: the page is going away.
   * @param {"suspend" | "normal"} exit `suspend`: a return finds the attempt as it was
   */
  terminate(exit) {
    if (!this.open) return;
    clearTimeout(this.committing);
    this.set(this.standard.sessionTime, this.duration(Date.now() - this.startedAt));
    this.set(this.standard.exit, exit === "suspend" ? "suspend" : this.is12 ? "" : "normal");
    this.call(this.standard.terminate, "");
    this.open = false;
  }
}
