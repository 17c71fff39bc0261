// @ts-check
// The app's pages: signing in and out, and legible for everybody.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { signIn } from "../lib/pages.js";
import { admin } from "../lib/server.js";

const url = process.env.PERCORSO_URL ?? "";

test("a wrong password is refused in words, a right one lets in", async ({ page }) => {
  await page.goto(`${url}/login`);
  await page.locator('input[name="email"]').fill(admin.email);
  await page.locator('input[name="password"]').fill("sbagliata");
  await page.locator('input[name="password"]').press("Enter");
  await expect(page.getByRole("alert")).toBeVisible();
  await signIn(page, url);
  const cookies = await page.context().cookies(url);
  expect(cookies.length).toBeGreaterThan(0);
  expect(cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === "Lax")).toBe(true);
});

test("the login page is accessible", async ({ page }) => {
  await page.goto(`${url}/login`);
  await accessible(page);
});

test("the first page after signing in is accessible, also on a phone", async ({ page }) => {
  await signIn(page, url);
  await accessible(page);
  await page.setViewportSize({ width: 360, height: 740 });
  await accessible(page);
});

test("an unknown page says so and is accessible", async ({ page }) => {
  const answer = await page.goto(`${url}/non-esiste`);
  expect(answer?.status()).toBe(404);
  await accessible(page);
});

test("the API's own pages work without any other host", async ({ page }) => {
  /** @type {string[]} */
  const foreign = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
  });
  await page.goto(`${url}/api/docs`);
  await expect(page.locator("body")).toContainText(/registrations/);
  expect(foreign).toEqual([]);
});
