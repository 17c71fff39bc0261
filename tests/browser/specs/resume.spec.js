// @ts-check
// The main job: a package goes in, a learner takes it half way, the tab dies without warning, they
// come back to where they were with nothing missing, finish, and the API says so.
import { expect, test } from "@playwright/test";
import { Api, seconds } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";

/** The tab's process dies: no unload handler, no last message. @param {import("@playwright/test").Page} page */
async function die(page) {
  const cdp = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  cdp.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
}

for (const standard of ["scorm12", "scorm2004"]) {
  test(`${standard}: taken half way, the tab dies, resumed with nothing missing, completed`, async ({ context }) => {
    const api = await Api.connect();
    const registration = await api.register(`packages/lettura-${standard}`);

    const first = await context.newPage();
    let reading = new Reading(await Player.open(first, await api.launch(registration)));
    expect(await reading.found()).toMatchObject({ initialized: "true", visited: [] });
    await reading.readTo(4);
    await first.waitForTimeout(500);
    await die(first);

    const second = await context.newPage();
    const player = await Player.open(second, await api.launch(registration));
    reading = new Reading(player);
    await reading.isAt(4);
    expect(await reading.found()).toEqual({
      initialized: "true",
      entry: "resume",
      location: "pagina-4",
      visited: ["pagina-1", "pagina-2", "pagina-3"],
      interactions: 3,
    });
    await reading.finish();
    await player.saved();

    const result = await api.registration(registration);
    expect(result).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8, raw: 80, min: 0, max: 100 } });
    expect(seconds(result.total_time)).toBe(60);
    expect(result.completed_at).toBeTruthy();
  });

  test(`${standard}: reloading the tab goes on where it was`, async ({ page }) => {
    const api = await Api.connect();
    const registration = await api.register(`packages/lettura-${standard}`);
    const player = await Player.open(page, await api.launch(registration));
    const reading = new Reading(player);
    await reading.readTo(3);
    await player.saved();
    await page.reload();
    await player.is("delivering");
    await reading.isAt(3);
    await reading.finish();
    await player.saved();
    expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed" });
  });
}

test("suspended by the learner, resumed by a new launch", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const player = await Player.open(page, await api.launch(registration));
  await new Reading(player).readTo(2);
  await player.button("suspendAll").click();
  await player.is("suspended");
  await Player.open(page, await api.launch(registration));
  const reading = new Reading(player);
  await reading.isAt(2);
  expect(await reading.found()).toMatchObject({ entry: "resume", visited: ["pagina-1"] });
});

test("a launch link is good for one start", async ({ page, browser }) => {
  const api = await Api.connect();
  const url = await api.launch(await api.register("packages/lettura-scorm2004"));
  await Player.open(page, url);
  const elsewhere = await browser.newPage();
  await elsewhere.goto(url);
  await new Player(elsewhere).is("error");
  await elsewhere.close();
});

test("a course that has nothing to choose from has the whole width", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm12");
  await Player.open(page, await api.launch(registration));
  await expect(page.locator("#toc")).toBeHidden();
  await expect(page.locator("#toc-toggle")).toBeHidden();
  const frame = await page.locator('iframe[name="content"]').boundingBox();
  expect(frame?.width).toBe(page.viewportSize()?.width);
});
