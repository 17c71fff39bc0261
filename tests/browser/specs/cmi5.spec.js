// @ts-check
// A cmi5 course through its page: a framed unit, one in its own window, rollup, the way out.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { Player } from "../lib/player.js";

const LETTURA = "https://percorso.example/test/lettura";
const PROVA = "https://percorso.example/test/prova";

test("a learner takes the units of a cmi5 course to the end", async ({ page, context }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/unita-cmi5");
  await page.goto(await api.launch(registration));
  const player = new Player(page);
  await player.is("waiting");
  await accessible(page);

  // Framed, and left by its own way out.
  await player.button("continue").click();
  await player.delivers(LETTURA);
  await expect(player.content.getByRole("heading")).toHaveText("lettura (Normal)");
  await expect(player.content.getByRole("status")).toHaveText("initialized");
  await player.content.getByRole("button", { name: "Completa" }).click();
  await expect(player.content.getByRole("status")).toHaveText("completed");
  await expect(player.entry(LETTURA)).toContainText("completato");
  // Once in a registration: the record store says why.
  await player.content.getByRole("button", { name: "Completa" }).click();
  await expect(player.content.getByRole("status")).toHaveText("rifiutato: 9.3.0.0-2");
  await player.content.getByRole("button", { name: "Esci" }).click();
  await player.is("waiting");

  // In a window of its own.
  const opening = context.waitForEvent("page");
  await player.entry(PROVA).click();
  const prova = await opening;
  await player.is("delivering");
  await expect(prova.getByRole("status")).toHaveText("initialized");
  await prova.getByRole("button", { name: "Completa" }).click();
  await expect(prova.getByRole("status")).toHaveText("completed");
  await prova.getByRole("button", { name: "Supera" }).click();
  await expect(prova.getByRole("status")).toHaveText("passed");
  const closed = prova.waitForEvent("close");
  await prova.getByRole("button", { name: "Esci" }).click();
  await closed;
  await player.is("waiting");
  await expect(page.locator("#panel-title")).toHaveText("Hai completato il corso");

  // Nothing is left to reach: the unit opens for review, and takes no judgement.
  await player.entry(LETTURA).click();
  await player.delivers(LETTURA);
  await expect(player.content.getByRole("heading")).toHaveText("lettura (Review)");
  await expect(player.content.getByRole("status")).toHaveText("initialized");
  await player.content.getByRole("button", { name: "Completa" }).click();
  await expect(player.content.getByRole("status")).toHaveText("rifiutato: 10.2.2.0-3");

  await player.button("exitAll").click();
  await player.is("ended");
  expect(await api.registration(registration)).toMatchObject({
    completion: "completed",
    success: "passed",
    score: { scaled: 0.9 },
    why_incomplete: [],
  });
});

test("a course that is interrupted is taken up where it was", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/unita-cmi5");
  await page.goto(await api.launch(registration));
  const player = new Player(page);
  await player.is("waiting");
  await player.entry(LETTURA).click();
  await player.delivers(LETTURA);
  await expect(player.content.getByRole("status")).toHaveText("initialized");
  await player.content.getByRole("button", { name: "Completa" }).click();
  await expect(player.content.getByRole("status")).toHaveText("completed");
  await page.reload();
  await player.is("waiting");
  await expect(player.entry(LETTURA)).toContainText("completato");
  await player.button("suspendAll").click();
  await player.is("suspended");
  // The unit that went with the reload is not left open.
  const { items } = await api.call("GET", `/api/v1/registrations/${registration}/sessions`);
  expect(items.map((/** @type {{ state: string }} */ session) => session.state).sort()).toEqual(["abandoned", "suspended"]);
  await page.getByRole("button", { name: "Riprendi" }).click();
  await player.is("waiting");
  await expect(player.entry(LETTURA)).toContainText("completato");
  const { why_incomplete: why } = await api.registration(registration);
  expect(why).toEqual(["“Prova” has not been opened yet."]);
});
