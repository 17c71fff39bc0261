// @ts-check
//! How long the player's navigation takes on 1,000 activities, in Chromium: `node bench/navigation.mjs`.
//!
//! A server of its own, the real player page, its own engine. Two things are timed on a learner's way through
//! the course, each time after something has changed:
//!
//! - *refresh*: the call that asks the engine for the state of navigation (every button, every entry of the
//!   contents) and the reading of its answer, before and after each navigation request;
//! - *page*: the same and what the page then changes of itself, by real presses of Continue.
//!
//! `--goal <ms>` fails when the slowest median of a refresh is longer.
import { execSync } from "node:child_process";
import { chromium } from "@playwright/test";
import { zipSync } from "fflate";
import { Api } from "../lib/api.js";
import { Player } from "../lib/player.js";
import { Server } from "../lib/server.js";

const STEPS = 250;
const WARM_UP = 50;
const PRESSES = 25;

/** What an activity of the course may be sequenced by: nothing; rules alone; rules that ask about other activities. */
const SEQUENCING = {
  "without rules": () => "",
  "with rules": () =>
    `<imsss:sequencing><imsss:sequencingRules>
      ${rule("stopForwardTraversal", '<imsss:ruleCondition condition="satisfied" operator="not"/>')}
      ${rule("hiddenFromChoice", '<imsss:ruleCondition condition="attemptLimitExceeded"/>')}
      ${rule("disabled", '<imsss:ruleCondition condition="never"/>')}
    </imsss:sequencingRules></imsss:sequencing>`,
  "with rules and objectives": (/** @type {number} */ number) =>
    `<imsss:sequencing><imsss:sequencingRules>
      ${rule("disabled", '<imsss:ruleCondition referencedObjective="before" condition="satisfied" operator="not"/>', number > 0)}
      ${rule("hiddenFromChoice", '<imsss:ruleCondition condition="attemptLimitExceeded"/>')}
    </imsss:sequencingRules><imsss:objectives>
      <imsss:primaryObjective objectiveID="own">${map(number, "write")}</imsss:primaryObjective>
      <imsss:objective objectiveID="before">${map(number - 1, "read")}</imsss:objective>
    </imsss:objectives></imsss:sequencing>`,
};

/** @param {string} action @param {string} condition */
const rule = (action, condition, wanted = true) =>
  wanted
    ? `<imsss:preConditionRule><imsss:ruleConditions conditionCombination="all">${condition}</imsss:ruleConditions><imsss:ruleAction action="${action}"/></imsss:preConditionRule>`
    : "";

/** @param {number} number @param {"read"|"write"} way */
const map = (number, way) =>
  `<imsss:mapInfo targetObjectiveID="passed-${number}" readSatisfiedStatus="${way === "read"}" writeSatisfiedStatus="${way === "write"}"/>`;

/** A course of `clusters` flowing clusters of `leaves` each. @param {number} clusters @param {number} leaves @param {(number: number) => string} sequencing */
function course(clusters, leaves, sequencing) {
  const flow = '<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing>';
  const range = (/** @type {number} */ count) => Array.from({ length: count }, (_, index) => index);
  const leaf = (/** @type {number} */ number) => `<item identifier="a${number}" identifierref="res"><title>Activity ${number}</title>${sequencing(number)}</item>`;
  const cluster = (/** @type {number} */ place) =>
    `<item identifier="m${place}"><title>Module ${place}</title>${range(leaves).map((at) => leaf(place * leaves + at)).join("")}${flow}</item>`;
  const manifest = `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="bench-${clusters}-${crypto.randomUUID()}" version="1.0" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
  <organizations default="org"><organization identifier="org"><title>1,000 activities</title>
    ${range(clusters).map(cluster).join("")}${flow}
  </organization></organizations>
  <resources><resource identifier="res" type="webcontent" adlcp:scormType="sco" href="index.html"><file href="index.html"/></resource></resources>
</manifest>`;
  const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
  return zipSync({ "imsmanifest.xml": bytes(manifest), "index.html": bytes("<!doctype html><html lang=en><title>Content</title><p>Content</p>") });
}

/** A learner passes one activity after the other, the engine alone. Runs in the page. @param {{steps: number, warmUp: number}} how */
async function walk({ steps, warmUp }) {
  const { session, refresh } = /** @type {any} */ (window).bench;
  const call = (/** @type {string} */ method, /** @type {string[]} */ ...args) => session.call(Date.now(), method, args);
  /** @type {number[]} */
  const took = [];
  const timed = () => {
    const from = performance.now();
    refresh();
    took.push(performance.now() - from);
  };
  for (let step = 0; step < steps; step += 1) {
    call("Initialize", "");
    call("SetValue", "cmi.completion_status", "completed");
    call("SetValue", "cmi.success_status", "passed");
    timed();
    call("Terminate", "");
    session.apply(Date.now(), JSON.stringify({ event: "navigate", request: "continue" }));
    timed();
    // The page is not to know of what is done behind its back.
    session.takeEffects();
  }
  return took.slice(2 * warmUp);
}

/** Takes hold of the page's engine, and times each drawing of its navigation. Runs in the page. */
async function hold() {
  const { PlayerSession } = await import(/** @type {any} */ ("/player/engine/percorso_tracker.js"));
  const { Navigation } = await import(/** @type {any} */ ("/player/navigation.js"));
  const bench = /** @type {any} */ ((/** @type {any} */ (window)).bench = { session: null, drawn: [] });
  const engine = PlayerSession.prototype;
  const name = engine.refresh ? "refresh" : "view";
  const ask = engine[name];
  let asked = 0;
  engine[name] = function (/** @type {any[]} */ ...args) {
    bench.session = this;
    asked = performance.now();
    return ask.apply(this, args);
  };
  bench.refresh = () => JSON.parse(ask.call(bench.session));
  const draw = Navigation.prototype.draw;
  Navigation.prototype.draw = function (/** @type {any[]} */ ...args) {
    draw.apply(this, args);
    bench.drawn.push(performance.now() - asked);
  };
}

/** @param {number[]} took */
function spread(took) {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (/** @type {number} */ part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { median: at(0.5), high: at(0.95) };
}

const goal = process.argv.includes("--goal") ? Number(process.argv[process.argv.indexOf("--goal") + 1]) : Infinity;
const server = await Server.prepare();
const executablePath = process.env.CHROMIUM ?? execSync("command -v chromium || command -v chromium-browser || command -v google-chrome").toString().trim();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
let slowest = 0;
try {
  await server.start();
  const api = await Api.connect(server.url);
  console.log(`Chromium ${browser.version()}; milliseconds, median (95 %)`);
  for (const [shape, clusters, leaves] of /** @type {[string, number, number][]} */ ([["deep", 30, 33], ["flat", 1, 1000]])) {
    for (const [what, sequencing] of Object.entries(SEQUENCING)) {
      const form = new FormData();
      form.append("file", new Blob([course(clusters, leaves, sequencing)], { type: "application/zip" }), "bench.zip");
      const { id } = await api.call("POST", "/api/v1/packages", form);
      const registration = await api.call("POST", "/api/v1/registrations", { package_id: id, learner: { id: `bench-${id}`, name: "Bench" } });
      const page = await browser.newPage();
      const player = await Player.open(page, await api.launch(registration.id));
      await page.evaluate(hold);
      for (let press = 0; press < PRESSES; press += 1) {
        const here = await player.root.getAttribute("data-current-activity");
        // Passed, so that rules let the learner on.
        await page.evaluate(() => {
          const content = /** @type {any} */ (window).API_1484_11;
          content.Initialize("");
          content.SetValue("cmi.completion_status", "completed");
          content.SetValue("cmi.success_status", "passed");
          content.Terminate("");
        });
        await player.button("continue").click();
        await player.root.and(page.locator(`:not([data-current-activity="${here}"])`)).waitFor();
      }
      const drawn = spread((await page.evaluate(() => /** @type {any} */ (window).bench.drawn)).slice(5));
      const took = spread(await page.evaluate(walk, { steps: STEPS, warmUp: WARM_UP }));
      slowest = Math.max(slowest, took.median);
      const shown = (/** @type {{median: number, high: number}} */ { median, high }) => `${median.toFixed(1)} (${high.toFixed(1)})`;
      console.log(`${`${shape}, ${what}`.padEnd(34)} refresh ${shown(took).padEnd(12)} page ${shown(drawn)}`);
      await page.close();
    }
  }
} finally {
  await browser.close();
  await server.discard();
}
if (slowest > goal) {
  console.error(`the slowest median is ${slowest.toFixed(1)} ms, the goal ${goal} ms`);
  process.exitCode = 1;
}
