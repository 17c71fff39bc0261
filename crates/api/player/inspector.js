// @ts-check
//! The author's preview: beside the course, what is behind it. Every call of the API with its answer,
//! the data model, the activity tree with its tracking, what sequencing decided and why, and why a
//! control or an activity is out of use now. It only looks: everything shown comes from the engine.

import { t } from "./i18n.js";
import { Tabs, clock, known, make, number, onlyErrors, table } from "./inspector-tabs.js";

/** @import { Decision, Engine, InspectedActivity, InspectedObjective, Inspection, View } from "./types.js" */
/** @import { Reasons } from "./navigation.js" */

/** Lines kept of each list. */
const LINES = 500;
const REFRESH_MS = 250;

export class Inspector {
  /** @type {number|undefined} */
  #timer;

  /** @param {Engine} engine @param {Reasons} reasons */
  constructor(engine, reasons) {
    this.engine = engine;
    this.reasons = reasons;
    this.calls = table(["time", "call", "answer"], "calls");
    this.data = table(["element", "value"], "data");
    this.decisions = make("ol", { class: "decisions" }, make("li", { class: "nothing" }, t("nothing_yet")));
    this.tracking = make("div");
    this.refusals = table(["not_available", "why"], "refusals");
    const calls = make("div", {}, onlyErrors(this.calls.whole), this.calls.whole);
    this.tabs = new Tabs({ calls, data: this.data.whole, tracking: this.tracking, decisions: this.decisions, refusals: this.refusals.whole }, () => this.#soon());
  }

  /** A call of the API. @param {number} at @param {string} method @param {string[]} args @param {{result: string, error: number, diagnostic: string}} answer */
  called(at, method, args, answer) {
    const failed = answer.error !== 0;
    const said = make("td", {}, make("code", {}, answer.result === "" ? "\u201c\u201d" : answer.result));
    if (failed) said.append(make("p", { class: "why" }, `${answer.error} ${answer.diagnostic}`));
    const line = make("tr", failed ? { class: "failed" } : {},
      make("td", {}, clock(at)), make("td", {}, make("code", {}, `${method}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`)), said);
    this.calls.body.append(line);
    this.#trim(this.calls.body);
    this.#soon();
  }

  /** What sequencing decided. @param {number} at @param {Decision[]} decisions */
  decided(at, decisions) {
    for (const decision of decisions) {
      const { request, exception } = decision;
      const sentence = this.engine.sentence(JSON.stringify(decision), document.documentElement.lang);
      this.decisions.querySelector(".nothing")?.remove();
      const title = exception ? t("refused_request", { request, code: exception }) : request;
      this.decisions.append(make("li", exception ? { class: "failed" } : {},
        make("p", {}, make("time", {}, clock(at)), " ", make("strong", {}, title)), make("p", {}, sentence)));
      this.#trim(this.decisions);
    }
    this.#soon();
  }

  /** @param {Element} list */
  #trim(list) {
    while (list.childElementCount > LINES) list.firstElementChild?.remove();
    list.lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  #soon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#refresh();
    }, REFRESH_MS);
  }

  /** The navigation was drawn anew. */
  drawn() {
    this.#soon();
  }

  #refresh() {
    const { current } = this.tabs;
    if (current === "refusals") this.#drawRefusals(JSON.parse(this.engine.view()));
    if (current !== "data" && current !== "tracking") return;
    const inspection = /** @type {Inspection} */ (JSON.parse(this.engine.inspect()));
    if (current === "data") this.#drawData(inspection);
    else this.#drawTracking(inspection);
  }

  /** @param {Inspection} inspection */
  #drawData({ values }) {
    const lines = Object.entries(values).map(([name, value]) =>
      make("tr", {}, make("th", { scope: "row" }, make("code", {}, name)), make("td", {}, make("code", {}, value))));
    this.data.body.replaceChildren(...lines);
  }

  /** Every control and activity that is out of use, and why. @param {View} view */
  #drawRefusals({ controls, contents }) {
    const out = [
      ...controls.filter((control) => control.visible).map(({ request, refusal }) => ({ name: t(request), request, refusal })),
      ...contents.map(({ id, title, refusal }) => ({ name: title, request: { choice: id }, refusal })),
    ].filter(({ refusal }) => refusal);
    const lines = out.map(({ name, request, refusal }) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, this.reasons.of(refusal, request) ?? "")));
    this.refusals.body.replaceChildren(...lines);
  }

  /** @param {Inspection} inspection */
  #drawTracking({ activities, global_objectives, shared_data }) {
    const { whole, body } = table(["activity", "state", "attempts", "completion", "objectives"], "tracking");
    body.append(...activities.map((activity) => this.#activity(activity)));
    const parts = [whole];
    const globals = Object.entries(global_objectives);
    if (globals.length > 0) {
      parts.push(make("h3", {}, t("global_objectives")), make("ul", {}, ...globals.map(([id, objective]) => make("li", {}, objectiveText({ ...objective, id })))));
    }
    const stores = Object.entries(shared_data);
    if (stores.length > 0) {
      parts.push(make("h3", {}, t("shared_data")), make("ul", {}, ...stores.map(([id, text]) => make("li", {}, `${id}: ${text}`))));
    }
    this.tracking.replaceChildren(...parts);
  }

  /** @param {InspectedActivity} activity */
  #activity(activity) {
    const states = [activity.current && "current", activity.active && "active", activity.suspended && "suspended_state"];
    const state = states.filter((key) => typeof key === "string").map((key) => t(key)).join(", ");
    const title = make("th", { scope: "row", "data-depth": String(Math.min(activity.depth, 6)) }, activity.title, " ", make("code", {}, activity.id));
    const measure = activity.progress_measure === null ? "" : ` (${number(activity.progress_measure)})`;
    return make("tr", activity.current ? { class: "current" } : {}, title, make("td", {}, state), make("td", {}, String(activity.attempts)),
      make("td", {}, known(activity.completed) + measure), make("td", {}, ...activity.objectives.map((objective) => make("p", {}, objectiveText(objective)))));
  }
}

/** @param {InspectedObjective} objective */
function objectiveText({ id, satisfied, measure }) {
  const score = measure === null ? "" : `, ${number(measure)}`;
  return `${id ? `${id}: ` : ""}${known(satisfied)}${score}`;
}
