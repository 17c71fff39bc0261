// @ts-check
// The network is cut for a while in the middle of a course: the learner goes on, nothing is lost.
import { expect, test } from "@playwright/test";
import { Api, seconds } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";

// A minute when asked (PERCORSO_TEST_LONG=1); shorter by default, so that a run stays short.
const CUT_MS = process.env.PERCORSO_TEST_LONG ? 60_000 : 10_000;

for (const standard of ["scorm12", "scorm2004"]) {
  test(`${standard}: the connection drops and comes back`, async ({ page, context }) => {
    const api = await Api.connect();
    const registration = await api.register(`packages/lettura-${standard}`);
    const player = await Player.open(page, await api.launch(registration));
    const reading = new Reading(player);
    await reading.readTo(2);
    await player.saved();

    await context.setOffline(true);
    await reading.readTo(4);
    await expect(player.root).toHaveAttribute("data-saved", "false");
    await page.waitForTimeout(CUT_MS);
    await reading.readTo(5);
    await player.is("delivering");
    await context.setOffline(false);

    await expect(player.root).toHaveAttribute("data-saved", "true", { timeout: 60_000 });
    await reading.finish();
    await player.saved();
    const result = await api.registration(registration);
    expect(result).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
    expect(seconds(result.total_time)).toBe(60);
  });

  test(`${standard}: work done offline in a tab that dies is replayed at the next launch`, async ({ context }) => {
    const api = await Api.connect();
    const registration = await api.register(`packages/lettura-${standard}`);
    const first = await context.newPage();
    await context.setOffline(false);
    const player = await Player.open(first, await api.launch(registration));
    await new Reading(player).readTo(2);
    await player.saved();
    await context.setOffline(true);
    await new Reading(player).readTo(4);
    await first.waitForTimeout(500);
    const cdp = await context.newCDPSession(first);
    const crashed = first.waitForEvent("crash");
    cdp.send("Page.crash").catch(() => {});
    await crashed;
    await first.close();
    await context.setOffline(false);

    const second = await context.newPage();
    const reading = new Reading(await Player.open(second, await api.launch(registration)));
    await reading.isAt(4);
    expect(await reading.found()).toMatchObject({ entry: "resume", visited: ["pagina-1", "pagina-2", "pagina-3"] });
  });
}

test("content that cannot be fetched is said so in words, and opens when the network is back", async ({ page, context }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const launch = await api.launch(registration);
  await page.route("**/content/**", (route) => route.abort("internetdisconnected"));
  await page.goto(launch);
  const panel = page.locator("#panel");
  await expect(panel.getByRole("heading")).toHaveText("Il contenuto non si apre: manca la rete");
  const player = new Player(page);
  await player.is("delivering");
  await page.unroute("**/content/**");
  await panel.getByRole("button", { name: "Riprova" }).click();
  await new Reading(player).isAt(1);
  await expect(panel).toBeHidden();

  // The network itself comes and goes: nobody needs to press anything.
  const second = await api.launch(registration);
  await page.route("**/content/**", (route) => route.abort("internetdisconnected"));
  await page.goto(second);
  await expect(panel.getByRole("heading")).toHaveText("Il contenuto non si apre: manca la rete");
  await page.unroute("**/content/**");
  await context.setOffline(true);
  await context.setOffline(false);
  await new Reading(player).isAt(1);
  await expect(panel).toBeHidden();
});

test("a start waits for what an earlier page could not send, and says so when it cannot come", async ({ context }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const first = await context.newPage();
  const player = await Player.open(first, await api.launch(registration));
  await new Reading(player).readTo(2);
  await player.saved();
  const busy = (/** @type {import("@playwright/test").Route} */ route) => route.fulfill({ status: 503, json: {} });
  await context.route("**/play/api/journal", busy);
  await new Reading(player).readTo(4);
  await first.goto("about:blank");
  await first.close();

  const second = await context.newPage();
  await second.goto(await api.launch(registration));
  await new Player(second).is("error");
  await context.unroute("**/play/api/journal", busy);
  await second.getByRole("button", { name: "Riprova" }).click();
  const reading = new Reading(new Player(second));
  await reading.isAt(4);
  expect(await reading.found()).toMatchObject({ entry: "resume", visited: ["pagina-1", "pagina-2", "pagina-3"] });
});

test("where the browser has no database, the last moment of a page is replayed all the same", async ({ context }) => {
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => { throw new Error("not allowed"); };
  });
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const first = await context.newPage();
  const player = await Player.open(first, await api.launch(registration));
  await new Reading(player).readTo(2);
  await player.saved();
  const cut = (/** @type {import("@playwright/test").Route} */ route) => route.abort("internetdisconnected");
  await context.route("**/play/api/journal", cut);
  await new Reading(player).readTo(4);
  await first.goto("about:blank");
  await first.close();
  await context.unroute("**/play/api/journal", cut);

  const second = await context.newPage();
  const reading = new Reading(await Player.open(second, await api.launch(registration)));
  await reading.isAt(4);
});
