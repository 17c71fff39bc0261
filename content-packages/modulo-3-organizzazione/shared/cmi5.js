// @ts-check
// The same words as `run-time.js`, said as a cmi5 AU: statements and state documents of an LRS.
//
// Launched with the five parameters of cmi5, a page fetches its token, reads its launch data and says
// Initialized; what follows travels as statements, in order, and what is kept as a state document.
// cmi5 knows no sequencing: a failed test is simply taken again. Of a video, `video-statements.js` tells.

import { VideoStatements } from "./video-statements.js";

const CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5";
const MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon";
const MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore";
const PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress";
const INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction";
const STATE = "percorso";
const KEEP_DELAY_MS = 1500;
const PROGRESS_STEP = 10;

const VERBS = {
  initialized: "http://adlnet.gov/expapi/verbs/initialized",
  completed: "http://adlnet.gov/expapi/verbs/completed",
  passed: "http://adlnet.gov/expapi/verbs/passed",
  failed: "http://adlnet.gov/expapi/verbs/failed",
  terminated: "http://adlnet.gov/expapi/verbs/terminated",
  answered: "http://adlnet.gov/expapi/verbs/answered",
  progressed: "http://adlnet.gov/expapi/verbs/progressed",
  interacted: "http://adlnet.gov/expapi/verbs/interacted",
  played: "https://w3id.org/xapi/video/verbs/played",
  paused: "https://w3id.org/xapi/video/verbs/paused",
  seeked: "https://w3id.org/xapi/video/verbs/seeked",
};

/** @typedef {keyof typeof VERBS} VerbName */

/**
 * The state document: what the page keeps, and what was stated already in this registration.
 * @typedef {object} Kept
 * @property {string | null} data
 * @property {string} bookmark
 * @property {string[]} stated what may be said once and was, as the LRS confirmed: a verb, and of what if not of the AU
 * @property {string[]} unsure such things said, without having heard an answer
 * @property {number} progress the last per cent said
 * @property {Record<string, import("./video-statements.js").Seen>} videos what was watched
 */

/** @typedef {{ id: string, verb: { id: string, display: { en: string } }, object: any } & Record<string, unknown>} Statement */

/** @typedef {{ object?: object, parent?: object[], extensions?: object }} More  Beside verb, result and categories. */

/** @param {number} ms as an ISO 8601 duration, to hundredths of a second */
const duration = (ms) => `PT${(ms / 1000).toFixed(2)}S`;

/** A random UUID (version 4). `crypto.randomUUID` asks for HTTPS; an LMS inside a town hall may have none. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Cmi5RunTime {
  /** Whether these are the parameters of a cmi5 launch. @param {URLSearchParams} parameters */
  static launched(parameters) {
    return ["endpoint", "fetch", "actor", "registration", "activityId"].every((name) => parameters.has(name));
  }

  /** @param {URLSearchParams} parameters */
  static async connect(parameters) {
    const runTime = new Cmi5RunTime(parameters);
    await runTime.begin().catch((error) => {
      console.error(error);
      runTime.open = false;
    });
    return runTime;
  }

  /** @param {URLSearchParams} parameters */
  constructor(parameters) {
    const given = (/** @type {string} */ name) => parameters.get(name) ?? "";
    this.endpoint = given("endpoint").replace(/\/?$/, "/");
    this.fetchUrl = given("fetch");
    this.actor = JSON.parse(given("actor"));
    this.registration = given("registration");
    this.activityId = given("activityId");
    this.startedAt = Date.now();
    this.token = "";
    this.open = false;
    /** @type {any} */
    this.launch = {};
    /** @type {Kept} */
    this.state = { data: null, bookmark: "", stated: [], unsure: [], progress: 0, videos: {} };
    /** @type {{ scaled: number, raw: number, min: number, max: number } | null} */
    this.given = null;
    /** Something was answered in this session. */
    this.answering = false;
    /** @type {{ result: object, extensions: object } | null} what to say at the end, unless it is passed */
    this.failed = null;
    /** @type {Statement[]} not yet on their way */
    this.waiting = [];
    /** @type {Statement[]} on their way, not yet answered */
    this.flying = [];
    this.sending = Promise.resolve();
    /** The last timestamp: no two statements have the same. */
    this.saidMs = 0;
    /** @type {VideoStatements[]} */
    this.videos = [];
    this.keeping = 0;
    /** The document on its way: a later one must not be overtaken by it. */
    this.writing = new AbortController();
  }

  get sequences() {
    return false;
  }

  /** Where to go on leaving, if the LMS says so. @returns {string | null} */
  get returnUrl() {
    return this.launch.returnURL ?? null;
  }

  async begin() {
    const answer = await (await fetch(this.fetchUrl, { method: "POST" })).json();
    if (!answer["auth-token"]) throw new Error(`no token: ${answer["error-text"] ?? answer["error-code"]}`);
    this.token = answer["auth-token"];
    this.launch = await this.read("activities/state", { ...this.stateOf("LMS.LaunchData") });
    // Asked for because cmi5 obliges an AU to; the course has one language and always has captions.
    await this.read("agents/profile", { agent: JSON.stringify(this.actor), profileId: "cmi5LearnerPreferences" });
    this.state = { ...this.state, ...(await this.read("activities/state", this.stateOf(STATE))) };
    await this.makeSure();
    this.open = true;
    await this.say("initialized", {}, [CMI5]);
  }

  /** What an earlier visit said as it went, and whose answer it did not hear: was it stored? */
  async makeSure() {
    for (const what of this.state.unsure) {
      const query = { ...this.named(what), registration: this.registration };
      const { statements } = await this.read("statements", { ...query, agent: JSON.stringify(this.actor), limit: "1" }).catch(() => ({}));
      if (statements?.length > 0) this.state.stated.push(what);
    }
    this.state.unsure = [];
  }

  /** What may be said once: a verb, and of what if not of the AU. @param {string} what */
  named(what) {
    const [verb, activity = this.activityId] = what.split(" ");
    return { verb: VERBS[/** @type {VerbName} */ (verb)], activity };
  }

  get judged() {
    return (this.launch.launchMode ?? "Normal") === "Normal";
  }

  /** @param {string} stateId */
  stateOf(stateId) {
    return { activityId: this.activityId, agent: JSON.stringify(this.actor), registration: this.registration, stateId };
  }

  /** @param {string} resource @param {Record<string, string>} query @param {RequestInit} [options] */
  ask(resource, query, options = {}) {
    const search = new URLSearchParams(query).toString();
    return fetch(`${this.endpoint}${resource}${search ? `?${search}` : ""}`, {
      ...options,
      headers: {
        authorization: `Basic ${this.token}`,
        "x-experience-api-version": "1.0.3",
        "content-type": "application/json",
      },
    });
  }

  /** A document, or an empty one where there is none. @param {string} resource @param {Record<string, string>} query */
  async read(resource, query) {
    const answer = await this.ask(resource, query);
    if (answer.status === 404 || answer.status === 204) return {};
    if (!answer.ok) throw new Error(`${resource}: ${answer.status}`);
    return answer.json();
  }

  /**
   * A statement about this AU.
   * @param {VerbName} verb
   * @param {object} result
   * @param {string[]} categories
   * @param {More} [more]
   * @param {string} [id]
   */
  say(verb, result, categories, more = {}, id = uuid()) {
    this.waiting.push(this.statement(verb, result, categories, more, id));
    return this.send();
  }

  /**
   * @param {VerbName} verb
   * @param {object} result
   * @param {string[]} categories
   * @param {More} [more]
   * @param {string} [id]
   * @returns {Statement}
   */
  statement(verb, result, categories, more = {}, id = uuid()) {
    this.saidMs = Math.max(Date.now(), this.saidMs + 1);
    const context = structuredClone(this.launch.contextTemplate ?? {});
    context.registration = this.registration;
    if (categories.length > 0) {
      context.contextActivities = { ...context.contextActivities, category: [...(context.contextActivities?.category ?? []), ...categories.map((id) => ({ id }))] };
    }
    if (more.parent) context.contextActivities = { ...context.contextActivities, parent: [...(context.contextActivities?.parent ?? []), ...more.parent] };
    if (more.extensions) context.extensions = { ...context.extensions, ...more.extensions };
    return {
      id,
      timestamp: new Date(this.saidMs).toISOString(),
      actor: this.actor,
      verb: { id: VERBS[verb], display: { en: verb } },
      object: more.object ?? { objectType: "Activity", id: this.activityId },
      ...(Object.keys(result).length > 0 ? { result } : {}),
      context,
    };
  }

  /** One batch after the other, so that the LRS sees them in order; what failed goes with the next. */
  send() {
    this.sending = this.sending.then(async () => {
      this.flying = this.waiting.splice(0);
      if (this.flying.length === 0) return;
      const sent = await this.post(this.flying);
      const batch = this.flying.splice(0);
      if (!this.open) return;
      if (!sent || sent.status >= 500 || sent.status === 429) this.waiting.unshift(...batch);
      else this.confirmed(batch);
      // A batch is taken whole or not at all: what was refused beside others goes alone.
      if (sent && sent.status === 403 && batch.length > 1) for (const statement of batch) await this.post([statement]);
    });
    return this.sending;
  }

  /** @param {Statement[]} batch */
  post(batch) {
    return this.ask("statements", {}, { method: "POST", body: JSON.stringify(batch), keepalive: true }).catch(() => null);
  }

  /** The LRS has answered: what may be said once has been. @param {Statement[]} batch */
  confirmed(batch) {
    const heard = this.state.unsure.filter((what) => {
      const { verb, activity } = this.named(what);
      return batch.some((statement) => statement.verb.id === verb && statement.object.id === activity);
    });
    if (heard.length === 0) return;
    this.state.unsure = this.state.unsure.filter((what) => !heard.includes(what));
    this.state.stated.push(...heard);
    this.commitSoon();
  }

  kept() {
    return this.state.data;
  }

  /** @param {string} data */
  keep(data) {
    if (this.state.data === data) return;
    this.state.data = data;
    this.commitSoon();
  }

  bookmark() {
    return this.state.bookmark;
  }

  /** @param {string} location */
  bookmarkAt(location) {
    if (this.state.bookmark === location) return;
    this.state.bookmark = location;
    this.commitSoon();
  }

  commitSoon() {
    if (!this.keeping) this.keeping = window.setTimeout(() => this.commit(), KEEP_DELAY_MS);
  }

  commit() {
    clearTimeout(this.keeping);
    this.keeping = 0;
    if (!this.open || !this.judged) return;
    this.writing.abort();
    this.writing = new AbortController();
    const put = { method: "PUT", body: JSON.stringify(this.state), keepalive: true, signal: this.writing.signal };
    void this.ask("activities/state", this.stateOf(STATE), put).catch(() => {});
    void this.send();
  }

  /** @param {number} measure 0 to 1 */
  progress(measure) {
    const percent = Math.floor((measure * 100) / PROGRESS_STEP) * PROGRESS_STEP;
    if (!this.open || !this.judged || percent <= this.state.progress || percent >= 100) return;
    this.state.progress = percent;
    void this.say("progressed", { extensions: { [PROGRESS]: percent } }, []);
  }

  /** @param {number} scaled 0 to 1 */
  score(scaled) {
    this.given = { scaled: Math.round(scaled * 10_000) / 10_000, raw: Math.round(scaled * 100), min: 0, max: 100 };
  }

  /**
   * Completed and Passed once in a registration. A session may be judged only once, so that Failed waits
   * for the session's end: until then the test may be taken again. A page without a score is not judged.
   * @param {boolean} completed
   * @param {boolean | null} passed
   */
  status(completed, passed) {
    if (!this.open || !this.judged || !completed) return;
    const result = { duration: duration(Date.now() - this.startedAt) };
    this.once("completed", () => this.say("completed", { ...result, completion: true }, [CMI5, MOVE_ON]));
    if (!this.given || passed === null || this.said("passed")) return;
    this.failed = passed ? null : this.answering ? this.judgement(false) : null;
    if (!passed) return;
    this.once("passed", () => {
      const { result, extensions } = this.judgement(true);
      this.say("passed", result, [CMI5, MOVE_ON], { extensions });
    });
  }

  /** @param {boolean} success */
  judgement(success) {
    const mastery = this.launch.masteryScore;
    return {
      result: { duration: duration(Date.now() - this.startedAt), success, score: this.given },
      extensions: mastery === undefined ? {} : { [MASTERY]: mastery },
    };
  }

  /** @param {string} what @param {() => unknown} say */
  once(what, say) {
    if (this.said(what)) return;
    this.state.unsure.push(what);
    say();
    this.commitSoon();
  }

  /** @param {string} what */
  said(what) {
    return this.state.stated.includes(what) || this.state.unsure.includes(what);
  }

  objective() {
    return "";
  }

  setObjective() {}

  /** @param {import("./run-time.js").Answer} answer */
  answered(answer) {
    if (!this.open || !this.judged) return;
    this.answering = true;
    const join = (/** @type {string[]} */ parts) => parts.map((part) => (answer.type === "matching" ? part.replace(".", "[.]") : part)).join("[,]");
    void this.say(
      "answered",
      { response: join(answer.given), success: answer.right, duration: duration(answer.latencyMs) },
      [],
      {
        object: {
          objectType: "Activity",
          id: `${this.activityId}#${answer.id}`,
          definition: {
            type: INTERACTION,
            interactionType: answer.type,
            name: { it: answer.text },
            correctResponsesPattern: [answer.type === "numeric" ? `${answer.correct[0]}[:]${answer.correct[0]}` : join(answer.correct)],
            ...answer.components,
          },
        },
      },
    );
  }

  /** An id for a statement. */
  newId() {
    return uuid();
  }

  /** States what is done with a video. @param {HTMLVideoElement} video @param {string} name */
  watch(video, name) {
    if (this.open && this.judged) this.videos.push(new VideoStatements(this, video, name));
  }

  /** What was watched of a video in this registration. @param {string} id */
  seen(id) {
    this.state.videos[id] ??= { segments: [], ms: 0 };
    return this.state.videos[id];
  }

  wantsCaptions() {
    return null;
  }

  wishCaptions() {}

  wishSpeed() {}

  go() {}

  /**
   * Once: the page is going away. What waits goes with it, at once: nothing later would run. What is on
   * its way goes again in the same request, by the same ids: requests may overtake each other, and
   * nothing is taken after Terminated.
   */
  terminate() {
    if (!this.open) return;
    for (const video of this.videos) video.close();
    const last = [...this.flying, ...this.waiting.splice(0)];
    this.commit();
    if (this.failed) {
      const { result, extensions } = this.failed;
      last.push(this.statement("failed", result, [CMI5, MOVE_ON], { extensions }));
    }
    last.push(this.statement("terminated", { duration: duration(Date.now() - this.startedAt) }, [CMI5]));
    this.open = false;
    this.sending = this.post(last).then(() => {});
  }
}
