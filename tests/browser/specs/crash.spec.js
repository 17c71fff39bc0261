// @ts-check
// `kill -9` of the server in the middle of a course, then a restart: no acknowledged call is lost.
import { expect, test } from "@playwright/test";
import { Api, seconds } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";
import { Server } from "../lib/server.js";

for (const standard of ["scorm12", "scorm2004"]) {
  test(`${standard}: the server is killed and comes back`, async ({ page }) => {
    const server = await Server.prepare();
    try {
      await server.start();
      const api = await Api.connect(server.url);
      const registration = await api.register(`packages/lettura-${standard}`);
      const player = await Player.open(page, await api.launch(registration));
      const reading = new Reading(player);
      await reading.readTo(3);
      await player.saved();

      await server.stop("SIGKILL");
      await reading.readTo(4);
      await expect(player.root).toHaveAttribute("data-saved", "false");
      await server.start();
      await expect(player.root).toHaveAttribute("data-saved", "true", { timeout: 60_000 });

      await reading.finish();
      await player.saved();
      const result = await (await Api.connect(server.url)).registration(registration);
      expect(result).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
      expect(seconds(result.total_time)).toBe(60);
    } finally {
      await server.discard();
    }
  });
}
