// @ts-check
// What content says in its very last handlers counts: when its tab is closed, and when the learner's click takes it out.
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { Player } from "../lib/player.js";

/** @param {any} progress @param {string} id */
const activity = (progress, id) => progress.activities.children.find((/** @type {{id: string}} */ child) => child.id === id);

const CLOSED = {
  pagehide: "a few calls in pagehide",
  unload: "a few calls in unload",
  grande: "40 KB of suspend data, Commit, completed and Terminate in pagehide",
  "due-volte": "40 KB twice, more than one document may have under way",
  pieno: "64,000 characters, as many as SCORM 2004 promises",
};

for (const [id, what] of Object.entries(CLOSED)) {
  test(`the tab is closed: ${what}`, async ({ page, context }) => {
    const api = await Api.connect();
    const registration = await api.register("packages/commiato");
    const player = await Player.open(page, await api.launch(registration, { activity_id: id }));
    await player.delivers(id);
    await expect(player.content.locator("#ready")).toHaveText("Pronto");
    await player.saved();
    const other = await context.newPage(); // The browser lives on, as a learner's does.
    await page.close({ runBeforeUnload: true });

    await expect(async () => {
      const found = activity(await api.registration(registration), id);
      expect(found).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.9 } });
    }).toPass({ timeout: 15_000 });
    await other.close();
  });
}

for (const id of ["pagehide", "unload", "grande"]) {
  test(`the learner interrupts: content's own ${id} handler is honoured`, async ({ page }) => {
    const api = await Api.connect();
    const registration = await api.register("packages/commiato");
    const player = await Player.open(page, await api.launch(registration, { activity_id: id }));
    await player.delivers(id);
    await expect(player.content.locator("#ready")).toHaveText("Pronto");
    await player.button("suspendAll").click();
    await player.is("suspended");
    expect(activity(await api.registration(registration), id)).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.9 } });
  });
}

test("the learner's click wins over what content asks for as it goes", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/commiato");
  const player = await Player.open(page, await api.launch(registration, { activity_id: "richiesta" }));
  await player.delivers("richiesta");
  await expect(player.content.locator("#ready")).toHaveText("Pronto");
  await player.entry("pagehide").click();
  await player.delivers("pagehide");
  expect(activity(await api.registration(registration), "richiesta")).toMatchObject({ completion: "completed" });
});
