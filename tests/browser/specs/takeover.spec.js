// @ts-check
// Two tabs on one registration: the second takes the session over, the first says so and can harm nothing.
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";

for (const standard of ["scorm12", "scorm2004"]) {
  test(`${standard}: a second tab takes over, the stale one says so`, async ({ context }) => {
    const api = await Api.connect();
    const registration = await api.register(`packages/lettura-${standard}`);

    const stale = await context.newPage();
    const stalePlayer = await Player.open(stale, await api.launch(registration));
    await new Reading(stalePlayer).readTo(3);
    await stalePlayer.saved();

    const fresh = await context.newPage();
    const player = await Player.open(fresh, await api.launch(registration));
    const reading = new Reading(player);
    await reading.isAt(3);
    expect(await reading.found()).toMatchObject({ entry: "resume", visited: ["pagina-1", "pagina-2"] });
    await reading.readTo(5);
    await player.saved();

    // The learner goes on in the stale tab, if it still lets them.
    await stale.bringToFront();
    const button = stalePlayer.content.getByRole("button", { name: "Avanti" });
    await button.click({ timeout: 2000 }).catch(() => {});
    await expect(stalePlayer.root).not.toHaveAttribute("data-state", "delivering");
    await expect(stalePlayer.root).toContainText(/altra (scheda|finestra)|altrove/i);

    await fresh.bringToFront();
    await reading.isAt(5);
    await reading.finish();
    await player.saved();
    expect(await api.registration(registration)).toMatchObject({
      completion: "completed",
      success: "passed",
      score: { scaled: 0.8 },
    });
  });
}

/** A page whose course another browser opens; it has not heard of that. @param {import("@playwright/test").Page} page @param {import("@playwright/test").Browser} browser */
async function takenOver(page, browser) {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const stale = await Player.open(page, await api.launch(registration));
  await new Reading(stale).readTo(3);
  await stale.saved();
  const elsewhere = await browser.newContext({ locale: "it-IT" });
  const player = await Player.open(await elsewhere.newPage(), await api.launch(registration));
  const reading = new Reading(player);
  await reading.isAt(3);
  return { api, registration, stale, elsewhere, player, reading };
}

test("another browser takes over: the stale page hears it from the server, and says so", async ({ page, browser }) => {
  const { api, registration, stale, elsewhere, player, reading } = await takenOver(page, browser);

  // Nothing tells the stale page until it speaks to the server.
  await stale.is("delivering");
  const refused = page.waitForResponse((response) => response.url().endsWith("/play/api/journal") && response.status() === 409);
  await stale.content.getByRole("button", { name: "Avanti" }).click();
  await refused;
  await stale.is("error");
  await expect(page.getByRole("heading", { name: "Il corso è stato aperto in un’altra finestra" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Torna ai corsi" })).toBeVisible();
  await expect(page.locator('iframe[name="content"]')).toHaveCount(0);

  await reading.finish();
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
  await elsewhere.close();
});

test("who interrupts a course that was taken over is told so, and not left waiting", async ({ page, browser }) => {
  const { stale, elsewhere } = await takenOver(page, browser);
  await stale.button("suspendAll").click();
  await stale.is("error");
  await expect(page.getByRole("heading", { name: "Il corso è stato aperto in un’altra finestra" })).toBeVisible();
  // Nor do the words for a poor line come later.
  await page.waitForTimeout(5_000);
  await expect(page.getByRole("heading", { name: "Il corso è stato aperto in un’altra finestra" })).toBeVisible();
  await elsewhere.close();
});

test("a copy of the tab takes the same session over, and only one of the two goes on", async ({ context }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const first = await context.newPage();
  const stale = await Player.open(first, await api.launch(registration));
  await new Reading(stale).readTo(3);
  await stale.saved();
  const session = await first.evaluate(() => sessionStorage.getItem("percorso-session"));

  // As browsers duplicate a tab: the same address, and a copy of what the tab remembers.
  const second = await context.newPage();
  await second.addInitScript((kept) => sessionStorage.setItem("percorso-session", kept ?? ""), session);
  const player = await Player.open(second, first.url());
  await stale.is("error");
  await expect(first.getByRole("heading", { name: "Il corso è stato aperto in un’altra finestra" })).toBeVisible();
  const reading = new Reading(player);
  await reading.isAt(3);
  await reading.finish();
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed" });
});
