// @ts-check
// An author gives a course a new version and takes along whoever is under way: tried first, done, undone,
// done again; and the learner goes on at the page where they were.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";
import { Player, Reading } from "../lib/player.js";

test("an author moves whoever is under way to a new version, and back", async ({ page }) => {
  const api = await Api.connect();
  const folder = "packages/lettura-scorm2004";
  // A package of this test alone: others upload the same folder.
  const name = `percorso.test.migrate-${process.pid}-${Date.now()}`;
  const renamed = (/** @type {string} */ manifest) => manifest.replace("percorso.test.lettura-scorm2004", name);
  const { id } = await api.fresh(folder, renamed);
  const learner = { id: `${name}-ada`, name: "Rossi, Ada" };
  const registration = (await api.call("POST", "/api/v1/registrations", { package_id: id, learner })).id;
  const player = await Player.open(page, await api.launch(registration));
  await new Reading(player).readTo(3);
  await player.button("suspendAll").click();
  await player.is("suspended");
  await api.version(folder, id, (manifest) => renamed(manifest).replaceAll('"lettura"', '"lettura-nuova"'));

  await signIn(page, api.url);
  await page.goto(`${api.url}/packages/${id}`);
  await page.getByRole("link", { name: /^Passa gli iscritti/ }).click();
  await expect(page.getByLabel(/^Passano con il lavoro fatto/)).toBeChecked();
  await expect(page.getByLabel("Lettura", { exact: true })).toHaveValue("lettura-nuova");
  await accessible(page);
  const move = async () => {
    await page.goto(`${api.url}/packages/${id}/migrate?from=1&to=2`);
    await page.getByRole("button", { name: "Prova senza cambiare nulla" }).click();
    await expect(page.getByRole("status")).toContainText("1 persona");
    await expect(page.getByRole("row", { name: /Rossi, Ada/ })).toContainText("1 attività passa");
    await accessible(page);
    expect((await api.registration(registration)).package_version).toBe(1);
    await page.getByRole("button", { name: "Procedi" }).click();
    await expect(page.getByRole("row", { name: /Rossi, Ada/ })).toContainText("Passata");
    expect((await api.registration(registration)).package_version).toBe(2);
  };
  // Without a pair the work stays behind, and the trial says so.
  await page.getByLabel("Lettura", { exact: true }).selectOption("");
  await page.getByRole("button", { name: "Prova senza cambiare nulla" }).click();
  await expect(page.getByRole("row", { name: /Rossi, Ada/ })).toContainText("Non passa: Lettura");

  await move();
  await accessible(page);
  await page.getByRole("button", { name: "Annulla il passaggio" }).click();
  await expect(page.getByRole("row", { name: /Rossi, Ada/ })).toContainText("Riportata indietro");
  expect((await api.registration(registration)).package_version).toBe(1);

  await move();
  const again = await Player.open(page, await api.launch(registration));
  await expect(again.root).toHaveAttribute("data-current-activity", "lettura-nuova");
  await new Reading(again).isAt(3);
});

test("a page whose session is moved says that the course has been updated", async ({ page }) => {
  const api = await Api.connect();
  const folder = "packages/lettura-scorm2004";
  const name = `percorso.test.moved-${process.pid}-${Date.now()}`;
  const renamed = (/** @type {string} */ manifest) => manifest.replace("percorso.test.lettura-scorm2004", name);
  const { id } = await api.fresh(folder, renamed);
  const learner = { id: `${name}-ada`, name: "Rossi, Ada" };
  const registration = (await api.call("POST", "/api/v1/registrations", { package_id: id, learner })).id;
  const reading = new Reading(await Player.open(page, await api.launch(registration)));
  await reading.readTo(2);
  await reading.player.saved();
  await api.version(folder, id, (manifest) => renamed(manifest).replace("Lettura in SCORM", "Nuova lettura in SCORM"));
  await api.call("POST", `/api/v1/packages/${id}/migrations`, { from_version: 1, to_version: 2, policy: "move" });
  await reading.content.getByRole("button", { name: "Avanti" }).click();
  await expect(page.locator("#panel-title")).toHaveText("Il corso è stato aggiornato");
  const again = await Player.open(page, await api.launch(registration));
  await new Reading(again).isAt(2);
});
