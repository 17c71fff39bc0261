// @ts-check
// A learner, a coordinator and an author do what they came for without touching a mouse.
import { expect, test } from "@playwright/test";
import { enter, passwordOf, tabTo } from "../lib/people.js";
import { Player } from "../lib/player.js";
import { Server } from "../lib/server.js";

/** @type {Server} */
let server;

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  server = await Server.prepare();
  await server.start(["--demo", "--import", "content-packages"]);
});

test.afterAll(() => server.discard());

test("a learner signs in, opens the next step, moves in the course and interrupts it", async ({ page }) => {
  await page.goto(`${server.url}/login`);
  await tabTo(page, page.locator('input[name="email"]'));
  await page.keyboard.type("learner@demo.example");
  await tabTo(page, page.locator('input[name="password"]'));
  await page.keyboard.type(await passwordOf(server, "learner@demo.example"));
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(/\/login/);
  // The first thing that Tab reaches skips what every page repeats.
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveAttribute("href", "#main");
  await page.keyboard.press("Enter");
  await tabTo(page, page.locator('form[action$="/open"] button').first());
  await page.keyboard.press("Enter");
  const player = new Player(page);
  await expect(player.root).toHaveAttribute("data-state", "delivering", { timeout: 30_000 });
  await tabTo(page, player.button("suspendAll"));
  await page.keyboard.press("Enter");
  await player.is("suspended");
  await tabTo(page, page.locator('#panel-actions a[href*="/courses/"]'));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/courses\//);
});

test("a coordinator finds somebody and enrols another", async ({ page }) => {
  await enter(page, server, "coordinator@demo.example");
  await tabTo(page, page.getByRole("link", { name: "Persone", exact: true }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByLabel("Nome o e-mail"));
  await page.keyboard.type("bianchi");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=bianchi/);
  await tabTo(page, page.locator('main a[href^="/coordinator/people/"]').first());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Bianchi");
  await tabTo(page, page.getByRole("link", { name: "Iscrizioni" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/enrol/);
  await tabTo(page, page.getByLabel("oppure incolla qui"));
  await page.keyboard.insertText("nome;cognome;email\nTea;Tasti;tea@comune.example\n");
  await tabTo(page, page.getByRole("button", { name: "Controlla l’elenco" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Iscrivi tutte" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toContainText("1 persona iscritta");
});

test("an author looks at a package and takes its preview", async ({ page }) => {
  await enter(page, server, "author@demo.example");
  await tabTo(page, page.locator('main a[href^="/packages/"]').first());
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/packages\//);
  await tabTo(page, page.getByRole("button", { name: "Anteprima" }));
  await page.keyboard.press("Enter");
  const player = new Player(page);
  await expect(player.root).toHaveAttribute("data-state", /delivering|waiting/, { timeout: 30_000 });
  await page.locator(".inspector [role=tab]").first().waitFor();
  await tabTo(page, page.locator('.inspector [role=tab][aria-selected="true"]'));
  await page.keyboard.press("ArrowRight");
  await expect(page.locator('.inspector [role=tab][aria-selected="true"]')).toBeFocused();
});
