// @ts-check
// Links and tokens are good for a time: a page that works never feels it, a link that is over says so and what to do.
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";
import { Server } from "../lib/server.js";

const TOKEN_SECONDS = 4;
const LINK_SECONDS = 3;

test.describe.configure({ mode: "serial" });

/** @type {Server} */
let server;

test.beforeAll(async () => {
  server = await Server.prepare();
  await server.start([], { PERCORSO_PLAYER_TOKEN_SECONDS: `${TOKEN_SECONDS}`, PERCORSO_LAUNCH_LINK_SECONDS: `${LINK_SECONDS}` });
});

test.afterAll(() => server.discard());

test("the token is renewed while the learner works, and after a long pause, without a word", async ({ page }) => {
  const api = await Api.connect(server.url);
  const registration = await api.register("packages/lettura-scorm2004");
  /** @type {Array<[what: string, status: number]>} */
  const asked = [];
  let renewals = 0;
  page.on("response", async (response) => {
    const what = /\/play\/api\/(\w+)$/.exec(response.url())?.[1];
    if (!what) return;
    asked.push([what, response.status()]);
    if (what === "journal" && (await response.json().catch(() => ({}))).token) renewals += 1;
  });
  const player = await Player.open(page, await api.launch(registration));
  const reading = new Reading(player);

  // At work for longer than a token lives.
  for (const at of [2, 3, 4]) {
    await reading.readTo(at);
    await player.saved();
    await page.waitForTimeout((TOKEN_SECONDS * 1000) / 1.6);
  }
  expect(renewals).toBeGreaterThan(0);
  expect(asked.filter(([, status]) => status !== 200)).toEqual([]);

  // Away for so long that the token has expired.
  await page.waitForTimeout((TOKEN_SECONDS + 2) * 1000);
  asked.length = 0;
  await reading.readTo(5);
  await player.saved();
  expect(asked).toContainEqual(["journal", 401]);
  expect(asked).toContainEqual(["token", 200]);
  await player.is("delivering");
  await reading.finish();
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
});

test("a link that has expired says so, and leads back", async ({ page }) => {
  const api = await Api.connect(server.url);
  const registration = await api.register("packages/lettura-scorm2004");
  const url = await api.launch(registration, { return_url: "https://intranet.example/corsi" });
  await page.waitForTimeout((LINK_SECONDS + 1) * 1000);
  await page.goto(url);
  await new Player(page).is("error");
  await expect(page.getByRole("heading", { name: "Questo collegamento è scaduto" })).toBeFocused();
  await expect(page.locator("#panel-text")).toContainText("apri di nuovo il corso");
  await expect(page.getByRole("link", { name: "Torna ai corsi" })).toHaveAttribute("href", "https://intranet.example/corsi");
});

test("a link that was used says so, and leads back", async ({ page, browser }) => {
  const api = await Api.connect(server.url);
  const registration = await api.register("packages/lettura-scorm2004");
  const url = await api.launch(registration);
  const first = await Player.open(page, url);
  const elsewhere = await browser.newPage({ locale: "it-IT" });
  await elsewhere.goto(url);
  const second = new Player(elsewhere);
  await second.is("error");
  await expect(elsewhere.getByRole("heading", { name: "Questo collegamento è già stato usato" })).toBeFocused();
  await expect(elsewhere.locator("#panel-text")).toContainText("apre il corso una sola volta");
  await expect(elsewhere.getByRole("link", { name: "Torna ai corsi" })).toHaveAttribute("href", `${server.url}/courses/${registration}`);
  // The page that used it is none the worse.
  await new Reading(first).readTo(2);
  await first.saved();
  await elsewhere.close();
});

test("a token that expired while the network was gone loses nothing of a page that is loaded again", async ({ page }) => {
  const api = await Api.connect(server.url);
  const registration = await api.register("packages/lettura-scorm2004");
  const player = await Player.open(page, await api.launch(registration));
  const reading = new Reading(player);
  await reading.readTo(2);
  await player.saved();
  await page.route("**/play/api/**", (route) => route.abort("internetdisconnected"));
  await reading.readTo(4);
  await page.waitForTimeout((TOKEN_SECONDS + 2) * 1000);
  const address = page.url();
  await page.goto("about:blank");
  await page.unroute("**/play/api/**");
  const renewed = page.waitForResponse((response) => response.url().endsWith("/play/api/token") && response.status() === 200);
  await page.goto(address);
  await renewed;
  await reading.isAt(4);
  await reading.finish();
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
});
