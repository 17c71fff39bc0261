// @ts-check
// Every page of the course, one by one: no finding at upload, accessible, no request elsewhere, no
// sideways scrolling on a phone; keyboard; the text versions are whole.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";

const COURSE = fileURLToPath(new URL("../../../content-packages", import.meta.url));
const modules = fs.readdirSync(COURSE).filter((name) => name.startsWith("modulo-"));

/** The module's pages as plain files of a web server, without an LMS. @param {import("@playwright/test").Page} page @param {string} module */
async function serve(page, module) {
  await page.route("http://corso.example/**", async (route) => {
    const file = path.join(COURSE, module, decodeURIComponent(new URL(route.request().url()).pathname));
    if (fs.existsSync(file)) await route.fulfill({ path: file });
    else await route.fulfill({ status: 404, body: "" });
  });
}

for (const module of modules) {
  test(`${module}: no finding, and every page is accessible on a phone`, async ({ page }) => {
    test.setTimeout(120_000);
    const api = await Api.connect();
    const uploaded = await api.upload(`../../content-packages/${module}`);
    expect(uploaded.findings).toEqual([]);

    await page.setViewportSize({ width: 360, height: 740 });
    await serve(page, module);
    /** @type {string[]} */
    const elsewhere = [];
    /** @type {string[]} */
    const errors = [];
    page.on("request", (request) => {
      if (!/^(http:\/\/corso\.example\/|data:)/.test(request.url())) elsewhere.push(request.url());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    for (const name of fs.readdirSync(path.join(COURSE, module)).filter((name) => name.endsWith(".html"))) {
      await page.goto(`http://corso.example/${name}`);
      await expect(page.locator("html[data-ready]")).toHaveCount(1);
      await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
      await accessible(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      expect(wide, `${name} scrolls sideways`).toBe(false);
    }
    expect(elsewhere).toEqual([]);
    expect(errors).toEqual([]);
  });
}

test("a lesson by keyboard alone: captions, the text version, the check", async ({ page }) => {
  await serve(page, "modulo-2-regole");
  await page.goto("http://corso.example/2-accordo.html");
  await expect(page.locator("html[data-ready]")).toHaveCount(1);
  /** Goes on by Tab until the focus is there. @param {string} selector */
  const tabTo = async (selector) => {
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    }
    throw new Error(`Tab never reaches ${selector}`);
  };
  await tabTo("video");
  await tabTo("[data-back]");
  await tabTo("[data-captions]");
  await page.keyboard.press("Space");
  await expect(page.locator("[data-captions]")).toBeChecked();
  expect(await page.locator("video").evaluate((video) => /** @type {HTMLVideoElement} */ (video).textTracks[0].mode)).toBe("showing");
  await tabTo("summary");
  await page.keyboard.press("Enter");
  await expect(page.locator("details[data-text]")).toHaveAttribute("open", "");
  await tabTo("fieldset input");
  await page.keyboard.press("Space");
  const correct = await page.locator("fieldset").getAttribute("data-correct");
  for (let i = 0; i < 3 && !(await page.locator(`input[value="${correct}"]`).isChecked()); i += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-feedback]")).toContainText("Esatto.");
});

test("what was watched is a set of intervals: twice counts once, a gap stays, and it survives a visit", async ({ page }) => {
  await serve(page, "modulo-1-contesto");
  await page.goto("http://corso.example/test.html");
  const seen = await page.evaluate(async () => {
    const { Watched } = await import(/** @type {any} */ ("/shared/watched.js"));
    const watched = new Watched();
    watched.add(0, 10);
    watched.add(5, 12);
    watched.add(30, 40);
    const shares = [watched.share(0, 40), watched.share(12, 30), watched.share(0, 12)];
    const apart = watched.intervals.length;
    watched.add(12.3, 30.2); // a third of a second between two ticks is no gap
    const scattered = new Watched();
    for (let i = 0; i < 400; i += 1) scattered.add(i * 3, i * 3 + 1 + (i % 2));
    return {
      shares,
      apart,
      joined: watched.intervals,
      again: new Watched(String(watched)).intervals,
      spoiled: new Watched("no-such,,1").intervals.filter((/** @type {number[]} */ [from, to]) => !(to > from)),
      kept: String(scattered).length,
      inOrder: scattered.intervals.every((/** @type {number[]} */ [from], /** @type {number} */ i) => i === 0 || scattered.intervals[i - 1][1] < from),
    };
  });
  expect(seen.shares).toEqual([22 / 40, 0, 1]);
  expect(seen.apart).toBe(2);
  expect(seen.joined).toHaveLength(1);
  expect(seen.again).toEqual(seen.joined);
  expect(seen.spoiled).toEqual([]);
  expect(seen.kept, "fits beside the rest in SCORM 1.2's 4096 characters").toBeLessThan(2000);
  expect(seen.inOrder).toBe(true);
});
