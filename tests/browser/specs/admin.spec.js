// @ts-check
// An administrator's ways: people let in and out, programs with their secrets, bodies, webhooks with a
// receiver of the test's own, and the log of all of it. Every page by axe-core, at 320 px and by keyboard.
import http from "node:http";
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";
import { client } from "../lib/server.js";

const url = process.env.PERCORSO_URL ?? "";
const phone = { width: 320, height: 640 };
const stamp = `${process.pid}-${Date.now()}`;

/** Nothing sticks out at 320 px, and axe-core has nothing to say. @param {import("@playwright/test").Page} page */
async function fits(page) {
  const before = page.viewportSize();
  await page.setViewportSize(phone);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
  await accessible(page);
  if (before) await page.setViewportSize(before);
}

test("every part is reached from the menu, fits a phone and is accessible", async ({ page }) => {
  await signIn(page, url);
  await page.goto(`${url}/`);
  await page.getByRole("link", { name: "Amministrazione" }).click();
  const menu = page.getByRole("navigation", { name: "Amministrazione" });
  await accessible(page);
  const names = await menu.getByRole("link").allTextContents();
  expect(names).toEqual(["Stato del servizio", "Enti", "Utenti e ruoli", "Client API", "Webhook", "Dichiarazioni xAPI", "Inoltro xAPI", "Registro degli atti", "Impostazioni"]);
  for (const name of names) {
    await menu.getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    await expect(menu.getByRole("link", { name, exact: true })).toHaveAttribute("aria-current", "page");
    await fits(page);
  }
  const others = page.getByRole("navigation", { name: "Altre pagine" }).getByRole("link");
  expect(await others.allTextContents()).toEqual(["Iscrizioni e avanzamento", "Percorsi", "Pacchetti pubblicati"]);
  for (const path of ["bodies/new", "users/new", "clients/new", "webhooks/new", "forwards/new"]) {
    await page.goto(`${url}/admin/${path}`);
    await fits(page);
  }
});

test("a person is made, chooses a password, changes role and is locked out, without the script", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "it-IT" });
  const page = await context.newPage();
  const email = `nadia.${stamp}@comune.example`;
  await signIn(page, url);
  await page.goto(`${url}/admin/users/new`);
  await page.getByLabel("Nome e cognome").fill("Nadia Verdi");
  await page.getByLabel("Indirizzo e-mail").fill(email);
  await page.getByLabel("Ruolo").selectOption("author");
  await page.getByRole("button", { name: "Salva" }).click();
  await expect(page.getByRole("status")).toHaveText("Salvato.");
  const address = page.url().replace(/\?.*/, "");
  await page.getByRole("button", { name: "Crea il collegamento" }).click();
  const link = await page.locator(".secret code").textContent();
  expect(link).toContain("/password/");

  const other = await browser.newContext({ javaScriptEnabled: false, locale: "it-IT" });
  const hers = await other.newPage();
  await hers.goto(link ?? "");
  await hers.getByLabel("Nuova password").fill("corto-corto-uno");
  await hers.getByLabel("Ripeti la password").fill("corto-corto-due");
  await hers.getByRole("button", { name: "Salva la password" }).click();
  await expect(hers.getByRole("alert")).toHaveText("Le due password non sono uguali.");
  await hers.getByLabel("Nuova password").fill("quattro parole di fila");
  await hers.getByLabel("Ripeti la password").fill("quattro parole di fila");
  await hers.getByRole("button", { name: "Salva la password" }).click();
  await expect(hers.getByRole("status")).toHaveText("Password salvata: ora puoi accedere.");
  await hers.getByLabel("Indirizzo e-mail").fill(email);
  await hers.getByLabel("Password").fill("quattro parole di fila");
  await hers.getByRole("button", { name: "Accedi" }).click();
  await expect(hers.getByRole("heading", { level: 1, name: "Pacchetti pubblicati" })).toBeVisible();
  expect((await hers.goto(`${url}/admin/users`))?.status()).toBe(403);
  expect((await hers.goto(link ?? ""))?.status()).toBe(410);

  await page.goto(address);
  await page.getByLabel("Ruolo").selectOption("learner");
  await page.getByRole("button", { name: "Salva" }).click();
  await hers.goto(`${url}/`);
  await expect(hers.getByRole("heading", { level: 1, name: "I miei corsi" })).toBeVisible();
  await page.getByRole("button", { name: "Disattiva l’utente" }).click();
  await expect(page.locator("main")).toContainText("Disattivato");
  await hers.goto(`${url}/`);
  await expect(hers).toHaveURL(/\/login/);

  await page.goto(`${url}/admin/users?q=nadia.${stamp}`);
  await expect(page.getByRole("heading", { level: 2 })).toHaveText(["Nadia Verdi"]);
  await page.goto(`${url}/admin/users/new`);
  await page.getByLabel("Nome e cognome").fill("Un’altra");
  await page.getByLabel("Indirizzo e-mail").fill(email.toUpperCase());
  await page.getByRole("button", { name: "Salva" }).click();
  await expect(page.getByRole("alert")).toHaveText("C’è già un utente con questo indirizzo.");

  await page.goto(address);
  await page.getByRole("link", { name: "Che cosa è stato fatto" }).click();
  const acts = await page.locator(".log strong").allTextContents();
  expect(acts).toEqual(["Utente disattivato", "Utente modificato", "Password scelta", "Collegamento per la password creato", "Utente creato"]);
  await context.close();
  await other.close();
});

test("a client’s secret is shown once, rotated with an overlap, and revoked", async ({ page }) => {
  const id = `hr-${stamp}`;
  /** @param {string} secret */
  const token = async (secret) =>
    (await fetch(`${url}/oauth/token`, { method: "POST", body: new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret }) })).status;
  await signIn(page, url);
  await page.goto(`${url}/admin/clients/new`);
  await page.getByLabel("Identificativo").fill(id);
  await page.getByLabel("Nome", { exact: true }).fill("Gestionale HR");
  await page.getByRole("button", { name: "Salva" }).click();
  await expect(page.getByRole("alert")).toContainText("almeno un permesso");
  await page.locator('label[for="scope-4"]').click();
  await page.getByRole("button", { name: "Salva" }).click();
  const first = (await page.locator(".secret code").nth(1).textContent()) ?? "";
  expect(await token(first)).toBe(200);
  await accessible(page);
  await page.getByRole("link", { name: "L’ho copiato" }).click();
  await expect(page.locator("main")).not.toContainText(first);
  await fits(page);
  await page.getByRole("button", { name: "Cambia il segreto" }).click();
  const second = (await page.locator(".secret code").nth(1).textContent()) ?? "";
  expect(second).not.toBe(first);
  expect([await token(first), await token(second)]).toEqual([200, 200]);
  await page.getByRole("link", { name: "L’ho copiato" }).click();
  await expect(page.locator("main")).toContainText("il segreto di prima vale fino al");
  await page.getByRole("button", { name: "Revoca il client" }).click();
  await expect(page.locator("main")).toContainText("Revocato");
});

test("bodies are made, belong to one another and keep their code", async ({ page }) => {
  await signIn(page, url);
  for (const [name, kind, parent] of [[`Unione ${stamp}`, "unione", ""], [`Comune ${stamp}`, "comune", `Unione ${stamp}`]]) {
    await page.goto(`${url}/admin/bodies/new`);
    await page.getByLabel("Nome").fill(name);
    await page.getByLabel("Codice").fill(`c-${name}`);
    await page.getByLabel("Tipo di ente").selectOption(kind);
    if (parent) await page.getByLabel("Fa parte di").selectOption({ label: parent });
    await page.getByRole("button", { name: "Salva" }).click();
    await expect(page.getByRole("status")).toHaveText("Salvato.");
  }
  await expect(page.getByRole("listitem").filter({ hasText: `Comune ${stamp}` })).toContainText(`fa parte di Unione ${stamp}`);
  await page.getByRole("link", { name: `Comune ${stamp}` }).click();
  await expect(page.getByLabel("Codice")).toHaveAttribute("readonly", "");
  await fits(page);
});

test("a webhook is made, tried, looked after and rotated, by keyboard", async ({ page }) => {
  /** @type {string[]} */
  const received = [];
  let status = 204;
  const receiver = http.createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      received.push(JSON.parse(body).type);
      response.writeHead(status).end("eccomi");
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (receiver.address());
  await signIn(page, url);
  await page.goto(`${url}/admin/webhooks/new`);
  await page.getByLabel("Indirizzo").fill("http://utente:segreto@hr.example/");
  await page.getByRole("button", { name: "Salva" }).click();
  await expect(page.getByRole("alert")).toContainText("L’indirizzo non va bene");
  await page.getByLabel("Indirizzo").fill(`http://127.0.0.1:${port}/hook`);
  await page.getByLabel("A che cosa serve").fill(`Gestionale ${stamp}`);
  await page.getByRole("checkbox", { name: /package.published/ }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await expect(page.locator(".secret code")).toHaveText(/^whsec_/);
  await page.getByRole("link", { name: "L’ho copiato" }).press("Enter");
  await page.getByRole("button", { name: "Invia una prova" }).press("Enter");
  await expect(page.getByRole("status")).toHaveText("La prova è arrivata.");
  expect(received).toEqual(["webhook.test"]);

  const api = await Api.connect();
  await api.upload("packages/lettura-scorm12");
  status = 500;
  await page.getByRole("button", { name: "Invia una prova" }).click();
  await expect(page.getByRole("status")).toContainText("non è arrivata");
  const last = page.locator(".course").first();
  await expect(last).toContainText("HTTP 500");
  await expect(last).toContainText("In attesa");
  await fits(page);
  status = 200;
  await last.getByRole("button", { name: /Invia di nuovo/ }).click();
  await expect.poll(async () => {
    await page.reload();
    return page.locator(".course").first().textContent();
  }).toContain("Consegnato");
  await page.getByRole("button", { name: "Elimina" }).click();
  await expect(page.locator("main")).not.toContainText(`Gestionale ${stamp}`);
  await page.goto(`${url}/admin/audit?act=webhook.deleted`);
  await expect(page.locator(".log")).toContainText("Webhook eliminato");
  receiver.close();
});

test("statements are found, read as sentences and shown as JSON", async ({ page }) => {
  const statement = {
    actor: { name: "Anna Bianchi", mbox: `mailto:anna.${stamp}@x.example` },
    verb: { id: "http://adlnet.gov/expapi/verbs/passed" },
    object: { id: `urn:prova:${stamp}`, definition: { name: { it: "Il test", en: "The test" } } },
    result: { success: true, score: { scaled: 0.85 } },
  };
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString("base64");
  const answer = await fetch(`${url}/xapi/statements`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}`, "content-type": "application/json", "x-experience-api-version": "1.0.3" },
    body: JSON.stringify([statement, { ...statement, verb: { id: "http://adlnet.gov/expapi/verbs/completed" }, result: undefined }]),
  });
  expect(answer.status).toBe(200);
  await signIn(page, url);
  await page.goto(`${url}/admin/statements`);
  await page.getByLabel("Chi", { exact: true }).fill(`anna.${stamp}@x.example`);
  await page.getByRole("button", { name: "Filtra" }).click();
  await expect(page.locator(".log a")).toHaveText(["Anna Bianchi ha completato «Il test».", "Anna Bianchi ha superato «Il test» (esito positivo, punteggio 85 %)."]);
  await page.getByLabel("Verbo").fill("passed");
  await page.getByRole("button", { name: "Filtra" }).click();
  await expect(page.locator(".log a")).toHaveCount(1);
  await fits(page);
  await page.locator(".log a").click();
  await expect(page.locator("main pre")).toContainText(`"urn:prova:${stamp}"`);
  await fits(page);
  await page.getByRole("link", { name: "ENG" }).click();
  await expect(page.locator("main .lead")).toHaveText("Anna Bianchi passed «The test» (successful, score 85 %).");
});

test("the pages speak English, and settings hide what is secret", async ({ page }) => {
  await signIn(page, url);
  await page.goto(`${url}/admin/settings`);
  await page.getByRole("link", { name: "ENG" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
  await expect(page.locator("main")).toContainText("PERCORSO_ADMIN_PASSWORD");
  await expect(page.locator("main")).not.toContainText("prova-amministratore-1");
  await page.goto(`${url}/admin/audit`);
  await expect(page.getByRole("heading", { level: 1, name: "Audit log" })).toBeVisible();
});
