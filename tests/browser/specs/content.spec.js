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

for (const module of modules) {
  test(`${module}: no finding, and every page is accessible on a phone`, async ({ page }) => {
    test.setTimeout(120_000);
    const api = await Api.connect();
    const uploaded = await api.upload(`../../content-packages/${module}`);
    expect(uploaded.findings).toEqual([]);

    await page.setViewportSize({ width: 360, height: 740 });
    // Opened as plain files of a web server, without an LMS: the pages must work all the same.
    await page.route("http://corso.example/**", async (route) => {
      const file = path.join(COURSE, module, decodeURIComponent(new URL(route.request().url()).pathname));
      if (fs.existsSync(file)) await route.fulfill({ path: file });
      else await route.fulfill({ status: 404, body: "" });
    });
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
