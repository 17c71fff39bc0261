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

/**
 * A page that is gone, and what the learner did on it last did not arrive.
 * @param {import("@playwright/test").BrowserContext} context
 * @param {(route: import("@playwright/test").Route) => Promise<void>} hinder  what the journal meets, until `arrives` is called
 */
async function leftUnsent(context, hinder) {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const page = await context.newPage();
  const player = await Player.open(page, await api.launch(registration));
  await new Reading(player).readTo(2);
  await player.saved();
  await context.route("**/play/api/journal", hinder);
  await new Reading(player).readTo(4);
  await page.goto("about:blank");
  await page.close();
  return { next: await api.launch(registration), arrives: () => context.unroute("**/play/api/journal", hinder) };
}

test("a start waits for what an earlier page could not send, and says so when it cannot come", async ({ context }) => {
  const { next, arrives } = await leftUnsent(context, (route) => route.fulfill({ status: 503, json: {} }));
  const page = await context.newPage();
  await page.goto(next);
  await new Player(page).is("error");
  await arrives();
  await page.getByRole("button", { name: "Riprova" }).click();
  const reading = new Reading(new Player(page));
  await reading.isAt(4);
  expect(await reading.found()).toMatchObject({ entry: "resume", visited: ["pagina-1", "pagina-2", "pagina-3"] });
});

test("where the browser has no database, the last moment of a page is replayed all the same", async ({ context }) => {
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => { throw new Error("not allowed"); };
  });
  const { next, arrives } = await leftUnsent(context, (route) => route.abort("internetdisconnected"));
  await arrives();
  const reading = new Reading(await Player.open(await context.newPage(), next));
  await reading.isAt(4);
});
