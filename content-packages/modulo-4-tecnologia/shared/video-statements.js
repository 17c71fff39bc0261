// @ts-check
// A video as an LRS hears of it: statements by the xAPI Video Profile 1.0.3, as a cmi5 AU may send them.
//
// For cmi5 alone: where a player stands around the page (SCORM), it sees the video itself. A session begins
// when the video first plays and ends with the page; what was watched counts for the whole registration.

const VIDEO = "https://w3id.org/xapi/video";
const CATEGORIES = [VIDEO, `${VIDEO}/v1.0.3`];
const SUBREGISTRATION = "https://w3id.org/xapi/profiles/extensions/subregistration";
/** This much watched is all of it: nobody is exact to the last second. */
const THRESHOLD = 0.95;
/** A seek, and a change of volume or speed, is said when there was no other for so long. */
const CALM_MS = 1_000;
/** Between two looks, time counts as played up to this. */
const LONGEST_STEP_MS = 2_000;
const NEAR_S = 0.2;
/** What it may have played when it says that it plays. */
const BEGUN_S = 0.5;
/** Stretches kept; of more, the order is forgotten. */
const MOST = 200;
/** Statements in a minute, at most, and the pauses that end what was said to play. */
const ROOM = 30;
const MINUTE_MS = 60_000;

/** @param {string} name */
const ext = (name) => `${VIDEO}/extensions/${name}`;

/** To the millisecond. @param {number} value */
const exact = (value) => Math.round(value * 1000) / 1000;

/**
 * What was watched in the registration.
 * @typedef {object} Seen
 * @property {[number, number][]} segments stretches, in the order they were played
 * @property {number} ms how long it played
 */

/** The same stretches, each second once, in the order of the video. @param {[number, number][]} segments */
function apart(segments) {
  /** @type {[number, number][]} */
  const all = [];
  for (const [from, to] of [...segments].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

/** How much of so many seconds they cover, 0 to 1. @param {[number, number][]} segments @param {number} length */
export function share(segments, length) {
  const covered = apart(segments).reduce((sum, [from, to]) => sum + Math.min(to, length) - Math.min(from, length), 0);
  return length > 0 ? Math.min(1, covered / length) : 0;
}

/** @param {[number, number][]} segments as the profile writes them */
export const written = (segments) => segments.map(([from, to]) => `${from.toFixed(3)}[.]${to.toFixed(3)}`).join("[,]");

export class VideoStatements {
  /** Id of the session's first statement; empty until there is one. */
  session = "";
  length = 0;
  /** @type {number | null} where it began to play, as it was said */
  from = null;
  at = 0;
  atMs = performance.now();
  /** @type {{ from: number, to: number } | null} a seek that may go on */
  seek = null;
  seekTimer = 0;
  changeTimer = 0;
  /** How it is shown, as it was said. */
  chosen = "";
  /** @type {number[]} when something was said, of the last minute */
  saidMs = [];

  /**
   * @param {import("./cmi5.js").Cmi5RunTime} runTime
   * @param {HTMLVideoElement} video
   * @param {string} name
   */
  constructor(runTime, video, name) {
    this.runTime = runTime;
    this.video = video;
    this.name = name;
    const source = video.querySelector("source")?.getAttribute("src") ?? video.getAttribute("src") ?? "";
    this.id = `${runTime.activityId}/media/${encodeURI(source)}`;
    /** @type {Seen} */
    this.seen = runTime.seen(this.id);
    video.addEventListener("playing", () => this.playing());
    video.addEventListener("timeupdate", () => this.passed());
    for (const event of ["seeking", "seeked"]) video.addEventListener(event, () => this.seeks());
    video.addEventListener("pause", () => this.paused());
    for (const event of ["volumechange", "ratechange"]) video.addEventListener(event, () => this.changes());
    video.textTracks.addEventListener("change", () => this.changes());
    document.addEventListener("fullscreenchange", () => this.changes());
    this.at = video.currentTime;
    if (!video.paused && video.readyState > HTMLMediaElement.HAVE_CURRENT_DATA) this.playing();
  }

  /** @param {number} statements */
  hasRoom(statements) {
    const now = performance.now();
    this.saidMs = this.saidMs.filter((at) => now - at < MINUTE_MS);
    return this.saidMs.length + statements <= ROOM;
  }

  /**
   * @param {import("./cmi5.js").VerbName} verb
   * @param {{ extensions?: object } & Record<string, unknown>} result
   * @param {object} [extensions] of the context
   */
  say(verb, result, extensions = {}) {
    this.saidMs.push(performance.now());
    const id = this.runTime.newId();
    this.session ||= id;
    const more = {
      object: { objectType: "Activity", id: this.id, definition: { type: `${VIDEO}/activity-type/video`, name: { it: this.name } } },
      parent: [{ objectType: "Activity", id: this.runTime.activityId }],
      extensions: {
        [ext("session-id")]: this.session,
        [ext("length")]: this.length,
        [SUBREGISTRATION]: [{ profile: VIDEO, subregistration: this.session }],
        ...extensions,
      },
    };
    void this.runTime.say(verb, result, CATEGORIES, more, id);
  }

  get watched() {
    return { [ext("progress")]: exact(share(this.seen.segments, this.length)), [ext("played-segments")]: written(this.seen.segments) };
  }

  /** How it is shown. @param {boolean} whole also the language of captions that are not shown */
  shown(whole) {
    const { muted, volume, playbackRate, textTracks, clientWidth, clientHeight, videoHeight } = this.video;
    const track = [...textTracks].find(({ mode }) => mode === "showing");
    return {
      [ext("volume")]: muted ? 0 : exact(volume),
      [ext("speed")]: `${exact(playbackRate)}x`,
      // The profile defines the one and asks for the other.
      [ext("cc-subtitle-enabled")]: Boolean(track),
      [ext("cc-enabled")]: Boolean(track),
      ...(whole || track ? { [ext("cc-subtitle-lang")]: track?.language ?? "" } : {}),
      [ext("full-screen")]: document.fullscreenElement?.contains(this.video) ?? false,
      [ext("screen-size")]: `${screen.width}x${screen.height}`,
      [ext("video-playback-size")]: `${clientWidth}x${clientHeight}`,
      ...(videoHeight > 0 ? { [ext("quality")]: videoHeight } : {}),
    };
  }

  /** What of it the learner changes. */
  choice() {
    const { muted, volume, playbackRate, textTracks } = this.video;
    const tracks = [...textTracks].map(({ mode }) => mode === "showing");
    return JSON.stringify([muted ? 0 : exact(volume), playbackRate, tracks, document.fullscreenElement?.contains(this.video) ?? false]);
  }

  playing() {
    if (this.from !== null || !this.runTime.open || !Number.isFinite(this.video.duration)) return;
    if (!this.session) {
      if (!this.hasRoom(2)) return;
      this.length = exact(this.video.duration);
      this.chosen = this.choice();
      this.say("initialized", {}, { ...threshold(), ...this.shown(false) });
    }
    this.saySeek();
    if (!this.hasRoom(1)) return;
    const now = this.video.currentTime;
    // It says that it plays when it has played a little: it began where it stood.
    if (now < this.at || now - this.at > BEGUN_S * Math.max(1, this.video.playbackRate)) this.at = now;
    this.atMs = performance.now();
    this.from = exact(this.at);
    this.say("played", { extensions: { [ext("time")]: this.from } });
  }

  /** Time went by: it was watched, as far as the clock on the wall allows. */
  count() {
    const now = performance.now();
    if (this.from !== null) this.seen.ms += Math.min(now - this.atMs, LONGEST_STEP_MS);
    this.atMs = now;
  }

  passed() {
    const { video } = this;
    if (video.seeking) return;
    const now = video.currentTime;
    const possible = ((performance.now() - this.atMs) / 1000) * Math.max(video.playbackRate, 1) * 1.25 + 0.5;
    const jumped = this.from !== null && !this.seek && (now < this.at - NEAR_S || now - this.at > possible);
    this.count();
    if (jumped) this.seeks();
    this.at = now;
    // Said later when there was no room.
    if (this.from === null && !video.paused && !video.ended && this.session) this.playing();
  }

  seeks() {
    const to = this.video.currentTime;
    if (this.session) {
      if (!this.seek) this.count();
      this.seek = { from: this.seek?.from ?? this.at, to };
      clearTimeout(this.seekTimer);
      this.seekTimer = window.setTimeout(() => this.saySeek(), CALM_MS);
    }
    this.at = to;
    // The way there is no time played.
    this.atMs = performance.now();
  }

  saySeek() {
    clearTimeout(this.seekTimer);
    const { seek } = this;
    this.seek = null;
    if (!seek || Math.abs(seek.to - seek.from) < NEAR_S) return;
    if (!this.hasRoom(1)) {
      this.stops(seek.from);
      return;
    }
    const [from, to] = [exact(seek.from), exact(seek.to)];
    if (this.from !== null) {
      this.add(this.from, from);
      this.from = to;
    }
    this.say("seeked", { extensions: { [ext("time-from")]: from, [ext("time-to")]: to, ...this.watched } });
    this.completes(to);
  }

  paused() {
    this.count();
    this.saySeek();
    this.at = this.video.currentTime;
    this.stops(this.at);
  }

  /** @param {number} time */
  stops(time) {
    if (this.from === null) return;
    const at = exact(Math.min(time, this.length));
    this.add(this.from, at);
    this.from = null;
    this.say("paused", { extensions: { [ext("time")]: at, ...this.watched } }, threshold());
    this.completes(at);
  }

  /** @param {number} from @param {number} to */
  add(from, to) {
    if (to <= from) return;
    this.seen.segments.push([from, to]);
    if (this.seen.segments.length > MOST) this.seen.segments.splice(0, Infinity, ...apart(this.seen.segments).slice(0, MOST));
    this.runTime.commitSoon();
  }

  /** Once in a registration. @param {number} time */
  completes(time) {
    if (share(this.seen.segments, this.length) < THRESHOLD) return;
    this.runTime.once(`completed ${this.id}`, () => {
      const result = { completion: true, duration: `PT${(this.seen.ms / 1000).toFixed(2)}S` };
      this.say("completed", { ...result, extensions: { [ext("time")]: time, ...this.watched } }, threshold());
    });
  }

  /** Volume, speed, captions or the whole screen: said once it is calm, if it is another than before. */
  changes() {
    if (!this.session) return;
    clearTimeout(this.changeTimer);
    this.changeTimer = window.setTimeout(() => {
      if (this.choice() === this.chosen || !this.runTime.open || !this.hasRoom(1)) return;
      this.chosen = this.choice();
      this.say("interacted", { extensions: { [ext("time")]: exact(this.video.currentTime) } }, this.shown(true));
    }, CALM_MS);
  }

  /** The page is going away. */
  close() {
    clearTimeout(this.changeTimer);
    if (!this.session) return;
    this.count();
    this.saySeek();
    this.stops(this.at);
    this.say("terminated", { extensions: { [ext("time")]: exact(this.at), ...this.watched } }, threshold());
    this.session = "";
  }
}

function threshold() {
  return { [ext("completion-threshold")]: THRESHOLD };
}
