// @ts-check
// The server is busy, or not well: the page keeps the journal, waits as long as it is told, and sends it again.
import { expect, test } from "@playwright/test";
import { Api, seconds } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";

const QUIET_MS = 2_000;
/** The player's first two pauses, at their shortest. */
const SHORTEST_MS = [375, 750];
/** Two clocks, and timers that count whole milliseconds. */
const CLOCKS_MS = 5;

/** Content that never rests, until its `#rest` is clicked. @param {import("@playwright/test").Page} page */
function restless(page) {
  return page.evaluate(() => {
    const api = /** @type {any} */ (window).API_1484_11;
    const rest = document.createElement("button");
    rest.id = "rest";
    document.body.append(rest);
    const timer = setInterval(() => {
      api.SetValue("cmi.learner_preference.audio_level", `${Math.random()}`);
      api.Commit("");
    }, 20);
    rest.addEventListener("click", () => clearInterval(timer));
  });
}

/** The learner looks at other tabs, and comes back each time. @param {import("@playwright/test").Page} page */
function looksElsewhere(page) {
  return page.evaluate(() => {
    for (const state of Array.from({ length: 20 }, (_, i) => (i % 2 ? "visible" : "hidden"))) {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }
  });
}

const inSeconds = () => ({ "retry-after": `${QUIET_MS / 1_000}` });

function asDate() {
  const now = Date.now();
  return { date: new Date(now).toUTCString(), "retry-after": new Date(now + QUIET_MS).toUTCString() };
}

for (const { status, how, headers } of [
  { status: 429, how: "for some seconds", headers: inSeconds },
  { status: 503, how: "for some seconds", headers: inSeconds },
  { status: 503, how: "until a time of day", headers: asDate },
  { status: 500, how: "with no word of when", headers: null },
  { status: 502, how: "with no word of when", headers: null },
]) {
  test(`the journal is answered ${status} ${how}: kept, sent again, nothing lost`, async ({ page }) => {
    const api = await Api.connect();
    const registration = await api.register("packages/lettura-scorm2004");
    const player = await Player.open(page, await api.launch(registration));
    const reading = new Reading(player);
    await reading.readTo(2);
    await player.saved();

    /** @type {number[]} */
    const asked = [];
    await page.route("**/play/api/journal", async (route) => {
      asked.push(Date.now());
      if (asked.length > 3) return route.continue();
      const problem = { type: "about:blank", title: "refused by the test", status };
      const contentType = "application/problem+json";
      return route.fulfill({ status, headers: headers?.() ?? {}, contentType, body: JSON.stringify(problem) });
    });
    const refused = page.waitForResponse("**/play/api/journal");
    await restless(page);
    await refused;
    await reading.readTo(4);
    await expect(player.root).toHaveAttribute("data-saved", "false");
    await reading.finish();
    await player.is("delivering");
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBeGreaterThan(3);
    await page.locator("#rest").dispatchEvent("click");
    await expect(player.root).toHaveAttribute("data-saved", "true", { timeout: 60_000 });

    // An answer is known to the page only after it is noted here: what is measured is never too short.
    const shortest = headers ? [QUIET_MS, QUIET_MS, QUIET_MS] : SHORTEST_MS;
    for (const [i, ms] of shortest.entries()) expect(asked[i + 1] - asked[i]).toBeGreaterThanOrEqual(ms - CLOCKS_MS);
    const result = await api.registration(registration);
    expect(result).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
    expect(seconds(result.total_time)).toBe(60);
  });
}

test("a renewed token is refused as well: the page does not run in circles", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const player = await Player.open(page, await api.launch(registration));
  const reading = new Reading(player);
  await reading.readTo(2);
  await player.saved();

  let refusing = true;
  let asked = 0;
  await page.route("**/play/api/journal", async (route) => {
    if (!refusing) return route.continue();
    asked += 1;
    return route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" });
  });
  await restless(page);
  await page.waitForTimeout(2_000);
  // At once with the renewed token, then after the second, the third … pause.
  expect(asked).toBeGreaterThanOrEqual(2);
  expect(asked).toBeLessThanOrEqual(4);
  refusing = false;
  await page.locator("#rest").dispatchEvent("click");
  await reading.finish();
  await player.button("suspendAll").click();
  await player.is("suspended");
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed" });
});

test("one refusal as the network comes back, by something between, stops nothing", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const player = await Player.open(page, await api.launch(registration));
  const reading = new Reading(player);
  await reading.readTo(2);
  await player.saved();
  let failed = 0;
  await page.route("**/play/api/journal", async (route) => {
    failed += 1;
    if (failed < 5) return route.abort("internetdisconnected");
    if (failed === 5) return route.fulfill({ status: 403, contentType: "text/html", body: "<p>Sign in to this network</p>" });
    return route.continue();
  });
  await reading.readTo(3);
  await expect.poll(() => failed, { timeout: 30_000 }).toBeGreaterThan(5);
  await player.saved();
  await player.is("delivering");
  await reading.finish();
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed" });
});

test("the server has asked for quiet: a page that goes out of sight keeps it, and its work", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const player = await Player.open(page, await api.launch(registration));
  const reading = new Reading(player);
  await reading.readTo(2);
  await player.saved();

  let asked = 0;
  await page.route("**/play/api/journal", async (route) => {
    asked += 1;
    if (asked > 1) return route.continue();
    return route.fulfill({ status: 503, headers: { "retry-after": "5" }, contentType: "application/problem+json", body: "{}" });
  });
  const refused = page.waitForResponse("**/play/api/journal");
  await reading.readTo(3);
  await (await refused).finished();
  await page.waitForTimeout(100);
  await reading.readTo(4);
  await looksElsewhere(page);
  await page.waitForTimeout(1_000);
  expect(asked).toBe(1);

  // The tab dies; what it held is on the device, and goes with the next launch.
  await page.unroute("**/play/api/journal");
  await page.route("**/play/api/journal", (route) => route.abort());
  await page.goto("about:blank");
  await page.unroute("**/play/api/journal");
  const again = new Reading(await Player.open(page, await api.launch(registration)));
  await again.isAt(4);
});
