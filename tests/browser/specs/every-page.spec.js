// @ts-check
// Every page of every role, as a phone, a zoomed and an ordinary screen show it, in Italian and in English:
// nothing sticks out, there is one main heading, and axe-core has nothing to say. With PERCORSO_SHOTS set to a
// folder, each is photographed.
import path from "node:path";
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { enter } from "../lib/people.js";
import { Player } from "../lib/player.js";
import { Server } from "../lib/server.js";

/** @import { Page } from "@playwright/test" */

/** 640 is what 1280 becomes at 200 %. */
const SIZES = [{ name: "phone", width: 320, height: 640 }, { name: "zoom", width: 640, height: 400 }, { name: "desk", width: 1280, height: 800 }];

/** @param {Page} page @param {string} name  of the picture */
async function look(page, name) {
  for (const { name: size, ...viewport } of SIZES) {
    await page.setViewportSize(viewport);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(width, `${name} at ${viewport.width} px`).toBeLessThanOrEqual(viewport.width);
    expect.soft(await page.locator("h1").count(), `main headings of ${name}`).toBe(1);
    if (process.env.PERCORSO_SHOTS && size !== "zoom") {
      await page.screenshot({ path: path.join(process.env.PERCORSO_SHOTS, `${name}-${size}.png`), fullPage: true });
    }
  }
}

/** The first address on the page, or in part of it, that begins so. @param {Page} page @param {string} beginning @param {string} [within] */
async function address(page, beginning, within = "") {
  const link = page.locator(`${within} a[href^="${beginning}"]`).first();
  return (await link.getAttribute("href")) ?? "";
}

test("every page fits every screen and has one main heading", async ({ page }) => {
  test.setTimeout(600_000);
  const server = await Server.prepare();
  try {
    await server.start(["--demo", "--import", "content-packages"]);
    /** @param {string} name @param {string} route */
    const visit = async (name, route) => {
      await page.goto(server.url + route);
      await look(page, name);
      await accessible(page);
      // The same in English: longer and shorter words, and for axe-core the language that is said.
      await page.context().addCookies([{ name: "percorso_language", value: "en", url: server.url }]);
      await page.goto(server.url + route);
      await expect(page.locator("html"), name).toHaveAttribute("lang", "en");
      await look(page, `${name}-en`);
      await accessible(page);
      await page.context().addCookies([{ name: "percorso_language", value: "it", url: server.url }]);
      await page.goto(server.url + route);
    };
    await visit("login", "/login");
    await visit("not-found", "/non-esiste");
    await visit("verify-unknown", "/verifica/AAAA-BBBB-CCCC");
    await visit("password-over", "/password/none");

    await enter(page, server, "learner@demo.example");
    await visit("learner-home", "/");
    await page.goto(`${server.url}/`);
    await visit("learner-path", await address(page, "/paths/"));
    for (const route of ["history", "attestati", "privacy"]) await visit(`learner-${route}`, `/${route}`);
    for (const module of ["Modulo 5", "Modulo 6"]) {
      await page.goto(`${server.url}/`);
      await page.getByRole("button", { name: new RegExp(module) }).last().click();
      const player = new Player(page);
      await expect(player.root).toHaveAttribute("data-state", /delivering|waiting/, { timeout: 30_000 });
      await look(page, `player-${module.replace(" ", "-").toLowerCase()}`);
      await page.setViewportSize(SIZES[0]);
      await accessible(page);
      await page.setViewportSize(SIZES[2]);
      await player.button("suspendAll").click();
      await player.is("suspended");
    }
    await page.goto(`${server.url}/`);
    await visit("learner-course", await address(page, "/courses/"));

    await page.context().clearCookies();
    await enter(page, server, "author@demo.example");
    await visit("author-home", "/");
    for (const part of ["paths", "events"]) {
      await visit(`author-${part}`, `/author/${part}`);
      await visit(`author-${part}-one`, await address(page, `/author/${part}/`, "main li"));
      await visit(`author-${part}-new`, `/author/${part}/new`);
    }
    const api = await Api.connect(server.url);
    const { id } = await api.upload("packages/lettura-scorm2004");
    const learner = { id: "una-persona", name: "Rossi, Ada" };
    const registration = await api.call("POST", "/api/v1/registrations", { package_id: id, learner });
    const second = await api.version("packages/lettura-scorm2004", id, (manifest) => manifest.replaceAll('"lettura"', '"lettura-nuova"'));
    await visit("author-package", `/packages/${id}`);
    await visit("author-compare", `/packages/${id}/compare?from=1&to=${second.version}`);
    await visit("author-migrate", `/packages/${id}/migrate?from=1&to=${second.version}`);
    await page.getByLabel("Anche chi non ha ancora iniziato").check();
    await page.getByRole("button", { name: "Prova senza cambiare nulla" }).click();
    await look(page, "author-migrate-trial");
    expect(registration.id).toBeTruthy();

    await page.context().clearCookies();
    await enter(page, server, "coordinator@demo.example");
    await visit("coordinator-overview", "/coordinator");
    for (const route of ["people", "enrol", "events", "hours", "certificates"]) await visit(`coordinator-${route}`, `/coordinator/${route}`);
    await page.goto(`${server.url}/coordinator/people`);
    await visit("coordinator-person", await address(page, "/coordinator/people/"));
    await page.goto(`${server.url}/coordinator/events`);
    await visit("coordinator-event", await address(page, "/coordinator/events/"));

    await page.context().clearCookies();
    await enter(page, server, "admin@demo.example");
    await visit("admin-health", "/admin");
    for (const part of ["bodies", "users", "clients", "webhooks", "statements", "forwards", "audit", "settings"]) {
      await visit(`admin-${part}`, `/admin/${part}`);
      const one = page.locator(`main a[href^="/admin/${part}/"]`).first();
      const found = (await one.count()) > 0 ? await one.getAttribute("href") : null;
      if (found && !found.endsWith("/new")) await visit(`admin-${part}-one`, found);
    }
    for (const part of ["bodies", "users", "clients", "webhooks", "forwards"]) await visit(`admin-${part}-new`, `/admin/${part}/new`);
    await visit("admin-bodies-choice", "/coordinator/bodies");

  } finally {
    await server.discard();
  }
});

test("whoever wants less motion gets none", async ({ browser }) => {
  const context = await browser.newContext({ reducedMotion: "reduce", locale: "it-IT" });
  const page = await context.newPage();
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  for (const address of [`${api.url}/login`, await api.launch(registration)]) {
    await page.goto(address);
    await page.waitForLoadState("networkidle");
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll("*")].filter((element) => {
        const { transitionDuration, animationDuration, animationName } = getComputedStyle(element);
        const longest = (/** @type {string} */ list) => Math.max(...list.split(",").map(Number.parseFloat));
        return longest(transitionDuration) > 0.01 || (animationName !== "none" && longest(animationDuration) > 0.01);
      }).map((element) => element.outerHTML.slice(0, 80)));
    expect(moving, address).toEqual([]);
  }
  await context.close();
});
