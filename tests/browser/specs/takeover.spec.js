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
