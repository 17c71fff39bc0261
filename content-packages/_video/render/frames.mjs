// @ts-check
// Takes the pictures of scenes with headless Chromium: only where something moves, each look once.
//
//   node frames.mjs <job.json>   { chromium, page, fps, scenes: [{ to, ticks, data }] }
//
// Each scene's folder `to` gets its PNGs and `frames.json`: for every tick, the picture's number.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../../tests/browser/package.json", import.meta.url));
const { chromium } = require("@playwright/test");

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const browser = await chromium.launch({
  executablePath: job.chromium,
  args: ["--allow-file-access-from-files", "--force-color-profile=srgb", "--font-render-hinting=none", "--disable-lcd-text"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
page.on("pageerror", (error) => {
  throw error;
});
await page.goto(pathToFileURL(job.page).href);
await page.waitForFunction(() => "scenes" in globalThis);
const devtools = await page.context().newCDPSession(page);

for (const scene of job.scenes) {
  const complaint = await page.evaluate((data) => globalThis.scenes.show(data), scene.data);
  if (complaint) console.error(`${scene.data.title}, scene ${scene.data.number_of} «${scene.data.heading}»: ${complaint}`);
  const states = await page.evaluate(([fps, ticks]) => globalThis.scenes.states(fps, ticks), [job.fps, scene.ticks]);
  await mkdir(scene.to, { recursive: true });
  const known = new Map();
  const frames = [];
  for (const [tick, state] of states.entries()) {
    let number = known.get(state);
    if (number === undefined) {
      number = known.size;
      known.set(state, number);
      await page.evaluate((t) => globalThis.scenes.seek(t), tick / job.fps);
      const shot = await devtools.send("Page.captureScreenshot", { format: "png", optimizeForSpeed: true });
      await writeFile(`${scene.to}/${String(number).padStart(4, "0")}.png`, Buffer.from(shot.data, "base64"));
    }
    frames.push(number);
  }
  await writeFile(`${scene.to}/frames.part`, JSON.stringify(frames));
  await rename(`${scene.to}/frames.part`, `${scene.to}/frames.json`);
  console.log(`${scene.data.title} ${scene.data.number_of}/${scene.data.count}: ${known.size} pictures`);
}
await browser.close();
