// @ts-check
// Which parts of a video were watched: a set of intervals, in tenths of a second.
//
// Time counts only as it plays; a jump ahead leaves a gap, and watching twice counts once.

/** Gaps up to this long are rounding, not skipping. */
const CLOSE_GAP = 5;
/** More intervals than this are not kept (SCORM 1.2 gives 4096 characters): the shortest go. */
const MOST = 150;

export class Watched {
  /** @param {string} [text] as `toString` writes it */
  constructor(text = "") {
    /** @type {[number, number][]} sorted, apart from each other */
    this.intervals = [];
    for (const part of text.split(",")) {
      const [from, to] = part.split("-").map((number) => Number.parseInt(number, 36));
      if (to > from) this.insert(from, to);
    }
  }

  /** @param {number} fromSeconds @param {number} toSeconds */
  add(fromSeconds, toSeconds) {
    const [from, to] = [Math.floor(fromSeconds * 10), Math.ceil(toSeconds * 10)];
    if (to > from && from >= 0) this.insert(from, to);
  }

  /** @param {number} from @param {number} to tenths */
  insert(from, to) {
    /** @type {[number, number][]} */
    const apart = [];
    for (const [start, end] of this.intervals) {
      if (end + CLOSE_GAP < from || start > to + CLOSE_GAP) apart.push([start, end]);
      else [from, to] = [Math.min(start, from), Math.max(end, to)];
    }
    apart.push([from, to]);
    if (apart.length > MOST) {
      apart.sort((a, b) => b[1] - b[0] - (a[1] - a[0]));
      apart.length = MOST;
    }
    this.intervals = apart.sort((a, b) => a[0] - b[0]);
  }

  /** How much of a stretch was watched, 0 to 1. @param {number} fromSeconds @param {number} toSeconds */
  share(fromSeconds, toSeconds) {
    const [from, to] = [fromSeconds * 10, toSeconds * 10];
    if (to <= from) return 0;
    let watched = 0;
    for (const [start, end] of this.intervals) watched += Math.max(0, Math.min(end, to) - Math.max(start, from));
    return Math.min(1, watched / (to - from));
  }

  toString() {
    return this.intervals.map(([from, to]) => `${from.toString(36)}-${to.toString(36)}`).join(",");
  }
}
