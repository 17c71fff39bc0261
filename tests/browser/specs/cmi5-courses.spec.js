// @ts-check
// Courses in the manner of CATAPULT's examples, to the end: units side by side that complete when they
// are launched, and blocks of a pre-test, content and a post-test. PERCORSO_TEST_CATAPULT names a folder
// with the examples themselves, which are then taken as well.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { Player } from "../lib/player.js";

const HERE = import.meta.dirname;
const EXAMPLES = process.env.PERCORSO_TEST_CATAPULT;
const ID = "https://percorso.example/test/geologia";

/** @typedef {{ id: string, moveOn: string, parts?: Part[] }} Part */

/** @param {string} name */
const words = (name) => `<title><langstring lang="it">${name}</langstring></title><description><langstring lang="it">${name}</langstring></description>`;

/** @param {Part} part @returns {string} */
function element({ id, moveOn, parts }) {
  if (parts) return `<block id="${ID}/${id}">${words(id)}${parts.map(element).join("")}</block>`;
  return `<au id="${ID}/${id}" moveOn="${moveOn}">${words(id)}<url>unita.html?nome=${encodeURIComponent(id)}</url></au>`;
}

/** A registration for a course of these parts. @param {Api} api @param {Part[]} parts */
async function registered(api, parts) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "percorso-cmi5-"));
  const course = `<course id="${ID}">${words("Geologia")}</course>`;
  const xml = `<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">${course}${parts.map(element).join("")}</courseStructure>`;
  writeFileSync(path.join(folder, "cmi5.xml"), xml);
  for (const file of ["unita.html", "unita.js"]) copyFileSync(path.join(HERE, "../packages/unita-cmi5", file), path.join(folder, file));
  try {
    return await api.register(path.relative(path.join(HERE, ".."), folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {Player} player @param {string} unit @param {string[]} says buttons of the unit, and what it states */
async function take(player, unit, says) {
  await player.entry(`${ID}/${unit}`).click();
  await player.delivers(`${ID}/${unit}`);
  const status = player.content.getByRole("status");
  await expect(status).toHaveText("initialized");
  for (const [button, verb] of says.map((word) => word.split(":"))) {
    await player.content.getByRole("button", { name: button }).click();
    await expect(status).toHaveText(verb);
  }
  await player.content.getByRole("button", { name: "Esci" }).click();
  await player.is("waiting");
}

test("units side by side: each completed by itself, the course by all", async ({ page }) => {
  const api = await Api.connect();
  const units = ["1", "2", "3", "4", "5"];
  const registration = await registered(api, units.map((id) => ({ id, moveOn: "CompletedOrPassed" })));
  await page.goto(await api.launch(registration));
  const player = new Player(page);
  await player.is("waiting");
  for (const unit of units) {
    expect((await api.registration(registration)).completion).not.toBe("completed");
    // One is passed and never completed: either moves on.
    await take(player, unit, [unit === "3" ? "Supera:passed" : "Completa:completed"]);
  }
  await expect(page.locator("#panel-title")).toHaveText("Hai completato il corso");
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", why_incomplete: [] });
});

test("blocks of pre-test, content and post-test: a failed test keeps its block open", async ({ page }) => {
  const api = await Api.connect();
  const block = (/** @type {number} */ index) => ({
    id: `block${index}`,
    moveOn: "",
    parts: [
      { id: `block${index}/pre`, moveOn: "Passed" },
      { id: `block${index}/content`, moveOn: "CompletedOrPassed" },
      { id: `block${index}/post`, moveOn: "Passed" },
    ],
  });
  const registration = await registered(api, [block(1), block(2)]);
  await page.goto(await api.launch(registration));
  const player = new Player(page);
  await player.is("waiting");
  await take(player, "block1/pre", ["Fallisci:failed"]);
  await take(player, "block1/content", ["Completa:completed"]);
  await take(player, "block1/post", ["Supera:passed"]);
  for (const part of ["pre", "content", "post"]) {
    await take(player, `block2/${part}`, [part === "content" ? "Completa:completed" : "Supera:passed"]);
  }
  const open = await api.registration(registration);
  expect(open.completion).toBe("incomplete");
  expect(open.why_incomplete.join(" ")).toContain("block1/pre");
  await take(player, "block1/pre", ["Supera:passed"]);
  await expect(page.locator("#panel-title")).toHaveText("Hai completato il corso");
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed", why_incomplete: [] });
});

for (const [example, ownWindow] of /** @type {[string, boolean][]} */ ([
  ["multi_au_framed", false],
  ["pre_post_test_framed", false],
  ["single_au_basic_framed", false],
  ["single_au_basic_responsive", false],
  ["masteryscore_framed", true],
  ["masteryscore_responsive", true],
])) {
  test(`CATAPULT's ${example}`, async ({ page, context }) => {
    test.skip(!EXAMPLES, "PERCORSO_TEST_CATAPULT is not set");
    test.setTimeout(240_000);
    const api = await Api.connect();
    const registration = await api.register(path.relative(path.join(HERE, ".."), path.join(EXAMPLES ?? "", example)));
    const units = leaves((await api.registration(registration)).activities);
    const opening = ownWindow ? context.waitForEvent("page", (opened) => opened !== page) : null;
    await page.goto(await api.launch(registration));
    const player = new Player(page);
    // The only unit of a course is opened at once.
    if (units.length > 1) await player.is("waiting");
    for (const unit of units) {
      if (units.length > 1) await player.entry(unit).click();
      await player.delivers(unit);
      await finish((await opening) ?? player.content);
      await player.is("waiting");
    }
    await expect(page.locator("#panel-title")).toHaveText(/completato|completed/);
    expect(await api.registration(registration)).toMatchObject({ completion: "completed", why_incomplete: [] });
  });
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {{ id: string, children?: any[] }} activity @returns {string[]} the units below, in order */
function leaves({ id, children = [] }) {
  return children.length ? children.flatMap(leaves) : [id];
}

/**
 * Turns the pages of an example's unit, answers its test rightly and leaves.
 * @param {import("@playwright/test").Page | import("@playwright/test").FrameLocator} content
 */
async function finish(content) {
  const answers = content.getByRole("button", { name: "Select correct answers" });
  const done = content.locator("#score-panel .exit-button");
  // A button beside the page, or a bar below it.
  const next = content.locator("#next:not([disabled]), .footerbar").first();
  await expect(content.locator("#content")).not.toBeEmpty();
  await pause(1500);
  for (let turned = 0; turned < 40 && !(await done.isVisible()); turned += 1) {
    if (await answers.isVisible()) {
      await answers.click();
      await content.getByRole("button", { name: "Submit Answers" }).click();
      await expect(done).toBeVisible();
    } else if (await next.isVisible()) {
      await next.click();
      await pause(150);
    } else {
      break;
    }
  }
  await ((await done.isVisible()) ? done : content.locator(".navexit .exit-button")).click();
}
