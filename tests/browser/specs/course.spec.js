// @ts-check
// The demo course as a learner takes it: lessons read, the test that opens after them, a failed test
// that leads back to the lesson missed, SCORM 2004 and 1.2; every page legible for everybody.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { CoursePage } from "../lib/course.js";
import { Player } from "../lib/player.js";

const MODULES = "../../content-packages";

test("module 1: a failed test leads back to the lesson missed, and opens again after the review", async ({ page }) => {
  test.setTimeout(240_000);
  const api = await Api.connect();
  const registration = await api.register(`${MODULES}/modulo-1-contesto`);
  const player = await Player.open(page, await api.launch(registration));
  const course = new CoursePage(player);
  await player.delivers("oggetto-1-1");
  await expect(player.entry("test-1")).toHaveAttribute("aria-disabled", "true");

  for (const number of [1, 2, 3]) {
    await player.delivers(`oggetto-1-${number}`);
    await course.take();
    await player.button("continue").click();
  }

  await player.delivers("test-1");
  await accessible(page);
  await expect(player.content.locator("fieldset[data-question]:not([hidden])")).toHaveCount(6);
  for (const number of [1, 2, 3]) {
    await expect(player.content.locator(`fieldset[data-lesson="oggetto-1-${number}"]:not([hidden])`)).toHaveCount(2);
  }
  await course.answer((lesson) => lesson !== "oggetto-1-1");
  await expect(player.content.locator("[data-result]")).toContainText("2 su 6");
  await expect(player.content.locator("[data-result] li")).toHaveCount(2);
  await accessible(page);
  await player.content.getByRole("button", { name: "Vai al ripasso" }).click();

  // Sequencing: back, past the lessons that need no review; the test stays shut until all are reviewed.
  await player.delivers("oggetto-1-3");
  await expect(player.entry("test-1")).toHaveAttribute("aria-disabled", "true");
  await course.ready();
  await expect(player.content.locator("[data-review]")).toBeVisible();
  await accessible(page);
  await course.answer();
  await player.content.getByRole("button", { name: "Vai alla prossima lezione da ripassare" }).click();
  await player.delivers("oggetto-1-2");
  await course.answer(() => true);
  await expect(player.content.locator("[data-judged=wrong]").first()).toBeVisible();
  await course.answer();
  await player.content.getByRole("button", { name: "Torna al test" }).click();

  await player.delivers("test-1");
  await course.answer((_, index) => index === 0);
  await expect(player.content.locator("[data-result]")).toContainText("5 su 6. Test superato");
  await player.button("exitAll").click();
  await player.is("ended");

  const result = await api.registration(registration);
  expect(result).toMatchObject({ completion: "completed", success: "passed", why_incomplete: [] });
  expect(result.score.scaled).toBeCloseTo(5 / 6, 3);
  const objects = result.activities.children;
  expect(objects.map((/** @type {any} */ object) => object.kind)).toEqual(["videolezione", "videopillola", "videolezione", null]);
});

test("a video that is missing leaves the lesson whole: the text counts alike, and says so", async ({ page }) => {
  await page.route(/\/media\/.*\.webm/, (route) => route.abort());
  const api = await Api.connect();
  const registration = await api.register(`${MODULES}/modulo-2-regole`);
  const player = await Player.open(page, await api.launch(registration));
  const course = new CoursePage(player);
  await course.ready();
  await expect(player.content.locator("[data-no-video]")).toBeVisible();
  await expect(player.content.locator("[data-video]")).toBeHidden();
  await accessible(page);
  await course.take();
});

test("module 5 (SCORM 1.2) opens its test by prerequisites; failed, it is taken again with a new draw", async ({ page }) => {
  test.setTimeout(180_000);
  const api = await Api.connect();
  const registration = await api.register(`${MODULES}/modulo-5-persone`);
  const player = await Player.open(page, await api.launch(registration));
  const course = new CoursePage(player);
  await expect(player.entry("test-5")).toHaveAttribute("aria-disabled", "true");
  for (const number of [1, 2]) {
    await player.entry(`oggetto-5-${number}`).click();
    await player.delivers(`oggetto-5-${number}`);
    await course.take();
  }
  await player.entry("test-5").click();
  await player.delivers("test-5");
  await course.answer(() => true);
  await expect(player.content.locator("[data-result]")).toContainText("0 su 6");
  await player.content.getByRole("button", { name: "Ripeti il test" }).click();
  await course.answer((_, index) => index === 0);
  await expect(player.content.locator("[data-result]")).toContainText("Test superato");
  await player.button("exitAll").click();
  await player.is("ended");
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed" });
});
