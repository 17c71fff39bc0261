// @ts-check
// An author makes a path: a draft, a webinar and a module in it, their order, publishing. Without the script;
// then every page of it by axe-core and at 320 px.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";

const url = process.env.PERCORSO_URL ?? "";
const stamp = `${process.pid}-${Date.now()}`;

test("a path is drafted, filled, put in order and published, without the script", async ({ browser }) => {
  const api = await Api.connect();
  const { title: module } = await api.upload("packages/lettura-scorm2004");
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "it-IT" });
  const page = await context.newPage();
  const title = `Lavoro agile ${stamp}`;
  await signIn(page, url);
  await page.goto(`${url}/`);
  await page.getByRole("link", { name: "Percorsi", exact: true }).click();
  await page.getByRole("link", { name: "Nuovo percorso" }).click();
  await page.getByLabel("Titolo").fill(title);
  await page.getByRole("button", { name: "Crea la bozza" }).click();
  await expect(page.getByRole("status")).toContainText("La bozza è pronta");
  const address = page.url().replace(/\?.*/, "");

  await page.getByRole("button", { name: "Pubblica" }).click();
  await expect(page.getByRole("alert")).toContainText("Almeno un passo dev’essere obbligatorio");

  await page.getByRole("link", { name: "Crea un nuovo webinar per questo percorso" }).click();
  await page.getByLabel("Titolo").fill("Incontro di apertura");
  await page.getByLabel("Giorno").fill("2199-06-10");
  await page.getByLabel("Inizio").fill("11:00");
  await page.getByLabel("Fine").fill("10:00");
  await page.getByRole("button", { name: "Salva" }).click();
  await expect(page.getByRole("alert")).toContainText("La fine dev’essere dopo l’inizio.");
  await expect(page.getByLabel("Fine")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Fine").fill("12:30");
  await page.getByRole("button", { name: "Salva" }).click();
  await expect(page.getByRole("status")).toContainText("aggiunto in fondo");

  await page.getByLabel("Modulo", { exact: true }).selectOption({ label: module });
  await page.getByRole("region", { name: "Aggiungi un modulo" }).getByLabel("Minuti riconosciuti").fill("25");
  await page.getByRole("button", { name: "Aggiungi un modulo" }).click();
  const steps = page.getByRole("region", { name: "Passi, nell’ordine" }).getByRole("listitem");
  await expect(steps).toHaveCount(2);
  await expect(steps.nth(0)).toContainText("10/06/2199, 11:00");
  await steps.nth(0).getByLabel("Minuti riconosciuti").fill("80");
  await page.getByRole("button", { name: `Sposta su: ${module}` }).click();
  await expect(steps.nth(0)).toContainText(module);
  await expect(steps.nth(1).getByLabel("Minuti riconosciuti")).toHaveValue("80");
  await page.getByRole("button", { name: "Pubblica" }).click();
  await expect(page.getByRole("status")).toContainText("Il percorso è pubblicato");
  await context.close();

  const second = await browser.newContext({ locale: "it-IT" });
  const seen = await second.newPage();
  await signIn(seen, url);
  const pages = [address, `${url}/author/paths`, `${url}/author/paths/new`, `${url}/author/events`, `${url}/author/events/new`];
  for (const language of ["it", "en"]) {
    await seen.goto(`${url}/language/${language}?back=/`);
    for (const one of pages) {
      await seen.goto(one);
      await seen.setViewportSize({ width: 320, height: 640 });
      expect(await seen.evaluate(() => document.documentElement.scrollWidth), one).toBeLessThanOrEqual(320);
      await accessible(seen);
      await seen.setViewportSize({ width: 1280, height: 800 });
      await accessible(seen);
    }
  }
  await second.close();
});
