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
