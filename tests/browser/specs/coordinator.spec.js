// @ts-check
// A coordinator's day: who stands where, people enrolled by a list, somebody's page, attendance, tables.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Server } from "../lib/server.js";

const phone = { width: 320, height: 640 };

/** Signs one of the demo's people in. @param {import("@playwright/test").Page} page @param {Server} server @param {string} email */
async function enter(page, server, email) {
  const found = () => new RegExp(`${email.replace(".", "\\.")} +(\\S+)`).exec(server.log())?.[1];
  await expect.poll(found).toBeTruthy();
  await page.goto(`${server.url}/login`);
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(found() ?? "");
  await page.locator('input[name="password"]').press("Enter");
  await expect(page).not.toHaveURL(/\/login/);
}

/** Legible for everybody, also at 320 px. @param {import("@playwright/test").Page} page */
async function legible(page) {
  const desk = page.viewportSize() ?? { width: 1280, height: 720 };
  await page.setViewportSize(phone);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
  await accessible(page);
  await page.setViewportSize(desk);
}

test("a coordinator enrols by a list, sees who stands where, and takes tables along", async ({ page }) => {
  test.setTimeout(180_000);
  const server = await Server.prepare();
  try {
    await server.start(["--demo", "--import", "content-packages"]);
    await enter(page, server, "coordinator@demo.example");
    await expect(page).toHaveURL(`${server.url}/coordinator`);
    await expect(page.getByRole("heading", { name: "Dove ci si ferma" })).toBeVisible();
    await page.getByText("I dati in tabella").first().press("Enter");
    await expect(page.getByRole("table").first()).toBeVisible();
    await legible(page);

    await page.getByRole("link", { name: "Iscrizioni" }).click();
    await legible(page);
    const list = "nome;cognome;email;scadenza\nElena;Galli;elena@comune.example;31/12/2199\nFabio;Riva;fabio;\n";
    const file = { name: "elenco.csv", mimeType: "text/csv", buffer: Buffer.from(list) };
    await page.getByLabel("File CSV").setInputFiles(file);
    await page.getByRole("button", { name: "Controlla l’elenco" }).click();
    await expect(page.getByRole("alert")).toContainText("1 riga da correggere");
    await expect(page.getByRole("button", { name: "Iscrivi tutte" })).toHaveCount(0);
    await legible(page);
    await page.getByRole("link", { name: "Carica un altro elenco" }).click();
    await page.getByLabel("oppure incolla qui").fill(list.replace(";fabio;", ";fabio@comune.example;"));
    await page.getByRole("button", { name: "Controlla l’elenco" }).click();
    await page.getByRole("button", { name: "Iscrivi tutte" }).click();
    await expect(page.getByRole("status")).toContainText("2 persone iscritte");

    await page.getByRole("link", { name: "Persone", exact: true }).click();
    await page.getByLabel("Nome o e-mail").fill("galli");
    await page.getByRole("button", { name: "Cerca" }).click();
    await legible(page);
    await page.getByRole("link", { name: "Elena Galli" }).click();
    await legible(page);
    await page.getByText("Ritira dal percorso").click();
    await page.getByRole("button", { name: "Sì, ritira" }).click();
    await page.getByRole("button", { name: "Iscrivi di nuovo" }).click();
    await expect(page.getByRole("button", { name: "Imposta la scadenza" })).toBeVisible();

    await page.getByRole("link", { name: "Webinar e presenze" }).click();
    await page.getByRole("link", { name: /^Webinar 1/ }).click();
    await page.getByLabel("Minuti: Elena Galli").fill("80");
    await page.getByRole("button", { name: "Salva" }).click();
    await expect(page.getByRole("status")).toContainText("Presenze salvate");
    await expect(page.getByRole("row", { name: /Elena Galli/ })).toContainText("Presente");
    await legible(page);

    await page.getByRole("link", { name: "Ore di formazione" }).click();
    await expect(page.getByRole("row", { name: /Elena Galli/ })).toContainText("1 h 30 min");
    await legible(page);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: /^Excel/ }).click();
    expect((await download).suggestedFilename()).toMatch(/^percorso-hours-.*\.xlsx$/);
    await page.getByRole("link", { name: "Attestati" }).click();
    await legible(page);
  } finally {
    await server.stop();
  }
});

test("a learner sees their history and takes their data along; their coordinator erases them", async ({ page }) => {
  test.setTimeout(180_000);
  const server = await Server.prepare();
  try {
    await server.start(["--demo", "--import", "content-packages"]);
    await enter(page, server, "learner@demo.example");
    for (const name of ["Cronologia", "Attestati", "I miei dati"]) {
      await page.getByRole("link", { name, exact: true }).click();
      await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
      await legible(page);
    }
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Scarica i dati (zip)" }).click();
    expect((await download).suggestedFilename()).toBe("percorso-dati.zip");
    await page.getByRole("combobox", { name: "Lingua" }).selectOption("en");
    await page.getByRole("button", { name: "Salva" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "My data" })).toBeVisible();
    await page.getByRole("button", { name: "Sign out" }).click();

    await enter(page, server, "coordinator@demo.example");
    await page.getByRole("link", { name: "People", exact: true }).click();
    await page.getByRole("link", { name: "Anna Bianchi" }).click();
    await page.getByText("Erase the personal data").click();
    await page.getByLabel("I have checked the person’s request").check();
    await page.getByRole("button", { name: "Yes, erase for ever" }).click();
    await expect(page.getByRole("status")).toContainText("erased");
    await expect(page.getByText("Anna Bianchi")).toHaveCount(0);
  } finally {
    await server.stop();
  }
});
