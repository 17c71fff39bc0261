// @ts-check
//! How long the committed engine takes on 1,000 activities: `node tests/wasm/bench.mjs`.
//!
//! It replays golden cases of different lengths and takes the difference, so that loading the course
//! is not counted. What is left of a step is a navigation request, the whole refresh of the
//! navigation (every button, every entry of the table of contents), the progress of the whole tree,
//! and the state written and read once: more than the page does for a click.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const engine = path.join(root, "crates/api/player/engine");
const { default: load, replayGolden } = await import(path.join(engine, "percorso_tracker.js"));
await load({ module_or_path: fs.readFileSync(path.join(engine, "percorso_tracker_bg.wasm")) });

/** Rules as authors write them: what is not passed stops whoever runs ahead; what is used up is hidden. */
const RULES = [
  { conditions: [{ condition: "satisfied", negated: true }], action: "stopForwardTraversal" },
  { conditions: ["attemptLimitExceeded"], action: "hiddenFromChoice" },
  { conditions: ["never"], action: "disabled" },
];

/** A case of `steps` requests on `clusters` flowing clusters of `leaves` leaves.
 * @param {number} clusters @param {number} leaves @param {object[]} rules @param {number} steps */
const aCase = (clusters, leaves, rules, steps) => JSON.stringify({
  id: "bench",
  tree: {
    id: "course", flow: true,
    children: Array.from({ length: clusters }, (_, cluster) => ({
      id: `m${cluster}`, flow: true,
      children: Array.from({ length: leaves }, (_, leaf) => ({ id: `a${cluster}-${leaf}`, pre_condition_rules: rules })),
    })),
  },
  steps: [{ request: "start", delivers: "a0-0" }, ...Array.from({ length: steps }, () => ({ request: "continue" }))],
});

/** Milliseconds that a replay takes. @param {string} text */
const replay = (text) => {
  const from = performance.now();
  const report = JSON.parse(replayGolden(text));
  if (report.deviations.length) throw new Error(report.deviations.join("\n"));
  return performance.now() - from;
};

const STEPS = 200;
const SHAPES = /** @type {[string, number, number, object[]][]} */ ([
  ["deep", 30, 32, []], ["flat", 1, 1000, []], ["deep with rules", 30, 32, RULES], ["flat with rules", 1, 1000, RULES],
]);
for (const [shape, clusters, leaves, rules] of SHAPES) {
  const short = aCase(clusters, leaves, rules, 0);
  const long = aCase(clusters, leaves, rules, STEPS);
  replay(long);
  const each = Array.from({ length: 7 }, () => (replay(long) - replay(short)) / STEPS).sort((a, b) => a - b);
  console.log(`${shape}: ${each[3].toFixed(2)} ms a step (${each[0].toFixed(2)} to ${each[6].toFixed(2)})`);
}
