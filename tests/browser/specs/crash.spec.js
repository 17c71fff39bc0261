// @ts-check
// `kill -9` of the server in the middle of a course, then a restart: no acknowledged call is lost.
// `kill -9` of its Postgres: the server starts it again, and the learner hears nothing of it.
import { expect, test } from "@playwright/test";
import fs from "node:fs";
import path from "node:path";
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

test("the private Postgres is killed under a learner at work: it comes back, nothing is lost", async ({ page }) => {
  const server = await Server.prepare();
  try {
    await server.start();
    const api = await Api.connect(server.url);
    const registration = await api.register("packages/lettura-scorm2004");
    const player = await Player.open(page, await api.launch(registration));
    const reading = new Reading(player);
    await reading.readTo(3);
    await player.saved();

    const pidFile = path.join(server.dataDir, "data/postgres/cluster/postmaster.pid");
    const pid = Number(fs.readFileSync(pidFile, "utf8").split("\n")[0]);
    process.kill(pid, "SIGKILL");
    await reading.readTo(4);
    await expect(player.root).toHaveAttribute("data-saved", "false");
    await reading.readTo(5);
    await player.is("delivering");
    await expect(player.root).toHaveAttribute("data-saved", "true", { timeout: 60_000 });
    // Another Postgres, under the same server.
    expect(Number(fs.readFileSync(pidFile, "utf8").split("\n")[0])).not.toBe(pid);
    expect(server.process?.exitCode).toBeNull();

    await reading.finish();
    await player.saved();
    const result = await (await Api.connect(server.url)).registration(registration);
    expect(result).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
    expect(seconds(result.total_time)).toBe(60);
    const [session] = (await api.call("GET", `/api/v1/registrations/${registration}/sessions`)).items;
    const log = await api.call("GET", `/api/v1/registrations/${registration}/sessions/${session.id}/log`);
    const numbers = log.items.map((/** @type {{number: number}} */ line) => line.number);
    expect(numbers).toEqual(numbers.map((/** @type {number} */ _, /** @type {number} */ i) => i + 1));
  } finally {
    await server.discard();
  }
});
