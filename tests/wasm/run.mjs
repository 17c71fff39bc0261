// @ts-check
//! Replays the golden cases of tests/cases/ on the committed engine: the WebAssembly the page runs.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const engine = path.join(root, "crates/api/player/engine");
const { default: load, replayGolden } = await import(path.join(engine, "percorso_tracker.js"));
await load({ module_or_path: fs.readFileSync(path.join(engine, "percorso_tracker_bg.wasm")) });

const cases = path.join(root, "tests/cases");
const deviations = [];
let replayed = 0;
for (const standard of fs.readdirSync(cases)) {
  const folder = path.join(cases, standard);
  if (!fs.statSync(folder).isDirectory()) continue;
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".json")).sort()) {
    for (const one of JSON.parse(fs.readFileSync(path.join(folder, file), "utf8"))) {
      const report = JSON.parse(replayGolden(JSON.stringify(one)));
      replayed += 1;
      deviations.push(...report.deviations.map((/** @type {string} */ text) => `${report.id}: ${text}`));
    }
  }
}
console.log(`${replayed} golden cases replayed in WebAssembly, ${deviations.length} deviations`);
for (const deviation of deviations) console.error(deviation);
process.exitCode = deviations.length || replayed === 0 ? 1 : 0;
