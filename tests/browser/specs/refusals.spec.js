// @ts-check
// The server is busy, or not well: the page keeps the journal, waits as long as it is told, and sends it again.
import { expect, test } from "@playwright/test";
import { Api, seconds } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";

const WAIT_SECONDS = 2;

for (const { status, headers } of [
  { status: 429, headers: { "retry-after": `${WAIT_SECONDS}` } },
  { status: 503, headers: { "retry-after": `${WAIT_SECONDS}` } },
  { status: 500, headers: {} },
  { status: 502, headers: {} },
]) {
  test(`the journal is answered ${status}: kept, sent again, nothing lost`, async ({ page }) => {
    const api = await Api.connect();
    const registration = await api.register("packages/lettura-scorm2004");
    const player = await Player.open(page, await api.launch(registration));
    const reading = new Reading(player);
    await reading.readTo(2);
    await player.saved();

    /** @type {number[]} */
    const refusals = [];
    await page.route("**/play/api/journal", async (route) => {
      if (refusals.length === 3) return route.continue();
      refusals.push(Date.now());
      const problem = { type: "about:blank", title: "refused by the test", status };
      return route.fulfill({ status, headers, contentType: "application/problem+json", body: JSON.stringify(problem) });
    });
    await reading.readTo(4);
    await expect(player.root).toHaveAttribute("data-saved", "false");
    await reading.finish();
    await player.is("delivering");
    await expect(player.root).toHaveAttribute("data-saved", "true", { timeout: 60_000 });

    expect(refusals).toHaveLength(3);
    const pauses = refusals.slice(1).map((at, i) => at - refusals[i]);
    // Seen where they arrive, which a busy machine blurs.
    for (const pause of pauses) expect(pause).toBeGreaterThan("retry-after" in headers ? WAIT_SECONDS * 1000 - 500 : 100);
    const result = await api.registration(registration);
    expect(result).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
    expect(seconds(result.total_time)).toBe(60);
  });
}
