// @ts-check
// A course that opens nothing by itself: the learner may leave it all the same, and an author's preview
// says why what is not offered is not.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";
import { Player } from "../lib/player.js";

const COURSE = "packages/scelta-scorm2004";

test("where nothing was opened yet the learner may stop, come back and finish", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register(COURSE);
  const player = new Player(page);
  for (const [control, state] of [["suspendAll", "suspended"], ["exitAll", "ended"]]) {
    await page.goto(await api.launch(registration));
    await player.is("waiting");
    await expect(player.button("suspendAll")).toBeEnabled();
    await expect(player.button("exitAll")).toBeEnabled();
    await expect(player.button("continue")).toBeDisabled();
    // A learner is not told the book's codes.
    await expect(player.button("continue")).not.toHaveAttribute("title");
    await player.button(control).click();
    await player.is(state);
  }
  await page.goto(await api.launch(registration));
  await player.is("waiting");
  await player.entry("prima").click();
  await player.delivers("prima");
  await player.button("exitAll").click();
  await player.is("ended");
});

test("the author's preview says why a control or an activity is out of use", async ({ page }) => {
  const api = await Api.connect();
  const { id } = await api.upload(COURSE);
  await signIn(page, api.url);
  await page.goto(`${api.url}/`);
  await page.locator(`form[action="/packages/${id}/preview"] button`).click();
  const player = new Player(page);
  await player.is("waiting");
  await expect(player.button("continue")).toHaveAttribute("title", "NB.2.1-2: la sessione non è ancora iniziata");
  await expect(player.entry("seconda")).toHaveAttribute("title", /^DB\.1\.1-3: l’attività, o un gruppo/);
  await expect(player.entry("prima")).not.toHaveAttribute("title");

  const panel = page.locator(".inspector");
  await panel.getByRole("tab", { name: "Non disponibili" }).click();
  await expect(panel.getByRole("row", { name: /^Avanti/ })).toContainText("NB.2.1-2: la sessione non è ancora iniziata");
  await expect(panel.getByRole("row", { name: /^Seconda/ })).toContainText("DB.1.1-3");
  await accessible(page);

  // Decisions are in the page's language beside the code.
  await player.entry("prima").click();
  await player.delivers("prima");
  await panel.getByRole("tab", { name: "Decisioni" }).click();
  await expect(panel.locator("li.failed").first()).toContainText("SB.2.2-1: il gruppo non permette di procedere in sequenza");
  await expect(panel.getByRole("listitem").last()).toContainText("“Prima” viene aperta");
});
