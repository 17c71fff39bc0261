// @ts-check
// The demo course's first module, as a learner takes it: three learning objects, then the test that
// opens after them; every page legible for everybody.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { Player } from "../lib/player.js";

const MODULES = "../../content-packages";

/** Reads every section to its end, as the runtime measures it. @param {Player} player */
async function read(player) {
  const sections = player.content.locator("[data-section]");
  await expect(player.content.locator("progress")).toBeVisible();
  for (let i = 0; i < (await sections.count()); i += 1) {
    await sections.nth(i).locator(".section-end").scrollIntoViewIfNeeded();
    await player.page.waitForTimeout(1200);
  }
}

/** Answers the questions of a form; those in `wrong` (from 0) wrongly. @param {Player} player @param {number[]} [wrong] */
async function answer(player, wrong = []) {
  const questions = player.content.locator("fieldset[data-question]");
  for (let i = 0; i < (await questions.count()); i += 1) {
    const right = (await questions.nth(i).getAttribute("data-correct")) ?? "";
    const value = wrong.includes(i) ? (right === "a" ? "b" : "a") : right;
    await questions.nth(i).locator(`input[value="${value}"]`).check();
  }
  await player.content.locator("button[type=submit]").click();
}

test("module 1 is taken to completion; the test opens after the lessons", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register(`${MODULES}/modulo-1-contesto`);
  const player = await Player.open(page, await api.launch(registration));
  await player.delivers("oggetto-1-1");
  await expect(player.entry("test-1")).toHaveAttribute("aria-disabled", "true");

  for (const number of [1, 2, 3]) {
    await player.delivers(`oggetto-1-${number}`);
    await accessible(page);
    await read(player);
    await answer(player);
    await expect(player.content.locator("progress")).toHaveJSProperty("value", 1);
    await player.button("continue").click();
  }

  await player.delivers("test-1");
  await accessible(page);
  await answer(player, [0, 1, 2]);
  await expect(player.content.locator("[data-result]")).toContainText("2 su 5");
  await player.content.getByRole("button", { name: "Ripeti il test" }).click();
  await answer(player, [4]);
  await expect(player.content.locator("[data-result]")).toContainText("Test superato");
  await player.button("exitAll").click();
  await player.is("ended");

  const result = await api.registration(registration);
  expect(result).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 }, why_incomplete: [] });
  const objects = result.activities.children;
  expect(objects.map((/** @type {any} */ object) => object.kind)).toEqual(["videolezione", "videopillola", "videolezione", null]);
});

test("module 5 (SCORM 1.2) opens its test by prerequisites", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register(`${MODULES}/modulo-5-persone`);
  const player = await Player.open(page, await api.launch(registration));
  await expect(player.entry("test-5")).toHaveAttribute("aria-disabled", "true");
  for (const number of [1, 2]) {
    await player.entry(`oggetto-5-${number}`).click();
    await player.delivers(`oggetto-5-${number}`);
    await accessible(page);
    await read(player);
    if ((await player.content.locator("form[data-check]").count()) > 0) await answer(player);
    await expect(player.content.locator("progress")).toHaveJSProperty("value", 1);
  }
  await player.entry("test-5").click();
  await player.delivers("test-5");
  await answer(player, [0]);
  await expect(player.content.locator("[data-result]")).toContainText("Test superato");
  await player.button("exitAll").click();
  await player.is("ended");
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed" });
});

for (const module of ["2-regole", "3-organizzazione", "4-tecnologia", "6-progetto"]) {
  test(`module ${module} opens, and is accessible on a phone`, async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    const api = await Api.connect();
    const uploaded = await api.upload(`${MODULES}/modulo-${module}`);
    expect(uploaded.findings).toEqual([]);
    const registration = await api.register(`${MODULES}/modulo-${module}`);
    const player = await Player.open(page, await api.launch(registration));
    await expect(player.content.locator("h1")).toBeVisible();
    await accessible(page);
    const wide = await player.content.locator("html").evaluate((html) => html.scrollWidth > html.clientWidth);
    expect(wide, "the page scrolls sideways").toBe(false);
  });
}
