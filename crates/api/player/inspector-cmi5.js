// @ts-check
//! The author's preview of a cmi5 course: what units stated and what was refused, what each must and did
//! reach, what they were given at launch and what they left. It only looks: the server says it all.

import { post } from "./post.js";
import { t } from "./i18n.js";
import { Tabs, clock, known, make, number, onlyErrors, table } from "./inspector-tabs.js";

/**
 * @typedef {{id: string, title: string, depth: number, kind: "course"|"block"|"au", move_on: string|null, mastery_score: number|null, satisfied: boolean, completed: boolean, passed: boolean, failed: boolean, waived: boolean, sessions: number, scaled: number|null}} Part
 * @typedef {{at: string, session_id: string, event: string, what: string, statement: object|null, refused: string|null, satisfied: string[]}} Line
 * @typedef {{activity: string, name: string, content_type: string, text: string|null, updated_at: string}} StateDocument
 * @typedef {{parts: Part[], lines: Line[], documents: StateDocument[]}} Inspection
 */

const LAUNCH_DATA = "LMS.LaunchData";

export class Cmi5Inspector {
  /** What is drawn already, so that what an author has opened stays open. */
  #drawn = "";

  /** @param {() => string} token */
  constructor(token) {
    this.token = token;
    this.statements = table(["time", "event", "answer"], "statements");
    this.parts = table(["activity", "move_on", "satisfied", "stated", "score"], "tracking");
    this.launch = make("div", {}, make("p", { class: "nothing" }, t("nothing_yet")));
    this.documents = make("div", {}, make("p", { class: "nothing" }, t("nothing_yet")));
    const statements = make("div", {}, onlyErrors(this.statements.whole), this.statements.whole);
    this.tabs = new Tabs({ statements, tracking: this.parts.whole, launch_data: this.launch, documents: this.documents }, () => {});
  }

  /** Looks again. */
  async refresh() {
    try {
      const inspection = /** @type {Inspection} */ (await post("/cmi5/api/inspect", this.token()));
      const now = JSON.stringify(inspection);
      if (now === this.#drawn) return;
      this.#drawn = now;
      this.#draw(inspection);
    } catch {
      // The page itself says what is wrong with its session or the network.
    }
  }

  /** @param {Inspection} inspection */
  #draw({ parts, lines, documents }) {
    const added = lines.slice(this.statements.body.childElementCount);
    if (lines.length < this.statements.body.childElementCount) this.statements.body.replaceChildren(...lines.map(line));
    else this.statements.body.append(...added.map(line));
    if (added.length > 0) this.statements.body.lastElementChild?.scrollIntoView({ block: "nearest" });
    this.parts.body.replaceChildren(...parts.map(part));
    const given = documents.filter((document) => document.name === LAUNCH_DATA);
    const left = documents.filter((document) => document.name !== LAUNCH_DATA);
    if (given.length > 0) this.launch.replaceChildren(...given.map(stateDocument));
    if (left.length > 0) this.documents.replaceChildren(...left.map(stateDocument));
  }
}

/** @param {Line} line */
function line({ at, event, what, statement, refused, satisfied }) {
  const name = event === "statement" ? what : `${t(`event_${event}`)} ${what}`;
  const said = make("td", {}, make("strong", {}, name));
  if (statement) said.append(make("details", {}, make("summary", {}, t("statement")), make("pre", {}, JSON.stringify(statement, null, 1))));
  const answer = make("td", {}, t(refused ? "refused_short" : "kept_short"));
  if (refused) answer.append(make("p", { class: "why" }, refused));
  for (const id of satisfied) answer.append(make("p", {}, `${t("satisfied")}: `, make("code", {}, id)));
  return make("tr", refused ? { class: "failed" } : {}, make("td", {}, clock(at)), said, answer);
}

/** @param {Part} part */
function part({ id, title, depth, kind, move_on, mastery_score, satisfied, completed, passed, failed, waived, sessions, scaled }) {
  const head = make("th", { scope: "row", "data-depth": String(Math.min(depth, 6)) }, title, " ", make("code", {}, id));
  const asked = mastery_score === null ? "" : ` (${number(mastery_score)})`;
  const stated = [sessions > 0 && "initialized", completed && "completed", passed && "passed", failed && "failed", waived && "waived"];
  return make("tr", {}, head, make("td", {}, kind === "au" ? (move_on ?? "") + asked : t(kind)), make("td", {}, known(satisfied)),
    make("td", {}, stated.filter((word) => typeof word === "string").join(", ")), make("td", {}, number(scaled)));
}

/** @param {StateDocument} found */
function stateDocument({ activity, name, content_type, text, updated_at }) {
  let shown = text ?? t("not_text");
  try {
    if (text && content_type.includes("json")) shown = JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    // Cut off, or not what its type says: as it is.
  }
  return make("details", { open: "" }, make("summary", {}, make("strong", {}, name), " ", make("code", {}, activity)),
    make("p", {}, `${clock(updated_at)}, ${content_type}`), make("pre", {}, shown));
}
