// @ts-check
// An author looks behind a course: calls, data, tracking, decisions; and nothing of it counts.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";
import { Player } from "../lib/player.js";

test("the author's preview shows calls, data, tracking and why a request is refused", async ({ page }) => {
  const api = await Api.connect();
  const { id } = await api.upload("../../content-packages/modulo-1-contesto");
  await signIn(page, api.url);
  await page.goto(`${api.url}/`);
  await page.locator(`form[action="/packages/${id}/preview"] button`).click();
  const player = new Player(page);
  await player.is("delivering");
  const panel = page.locator(".inspector");
  await expect(panel.getByRole("tabpanel")).toContainText("Initialize(");
  await accessible(page);

  await panel.getByRole("tab", { name: /Dati|Data/ }).click();
  await expect(panel.getByRole("row", { name: "cmi.mode" })).toBeVisible();
  await panel.getByRole("tab", { name: /Attività|Activities/ }).click();
  await expect(panel.locator("tr.current")).toContainText("oggetto-1-1");

  // Nothing lies before the first activity: content that asks for it hears the book's own reason.
  await page.evaluate(() => {
    const run = /** @type {any} */ (window).API_1484_11;
    run.SetValue("adl.nav.request", "previous");
    run.Terminate("");
  });
  await panel.getByRole("tab", { name: /Attività|Activities/ }).press("ArrowRight");
  await expect(panel.getByRole("listitem").first()).toContainText("start");
  await expect(panel.locator("li.failed")).toContainText(/[A-Z]{2}\.\d\.\d+(\.\d)?-\d+/);
  await accessible(page);

  const { items } = await api.call("GET", `/api/v1/registrations?package_id=${id}`);
  expect(items).toEqual([]);
});

test("the preview of SCORM 1.2 shows calls, their errors and what objects reported", async ({ page }) => {
  const api = await Api.connect();
  const { id } = await api.upload("../../content-packages/modulo-5-persone");
  await signIn(page, api.url);
  await page.goto(`${api.url}/packages/${id}`);
  await page.locator(`form[action="/packages/${id}/preview"] button`).click();
  const player = new Player(page);
  await player.is("delivering");
  const panel = page.locator(".inspector");
  await expect(panel.getByRole("tabpanel")).toContainText("LMSInitialize(");
  await page.evaluate(() => /** @type {any} */ (window).API.LMSSetValue("cmi.core.student_id", "somebody else"));
  const failed = panel.locator("tr.failed").filter({ hasText: "cmi.core.student_id" });
  await expect(failed.locator(".why")).toContainText("403");
  await panel.getByRole("checkbox").check();
  await expect(panel.locator("tbody tr:not(.failed)").first()).toBeHidden();

  await panel.getByRole("tab", { name: "Dati" }).click();
  await expect(panel.getByRole("row", { name: "cmi.core.lesson_mode" })).toBeVisible();
  await panel.getByRole("tab", { name: "Attività" }).click();
  await expect(panel.locator("tr.current")).toBeVisible();
  await panel.getByRole("tab", { name: "Decisioni" }).click();
  await expect(panel.getByRole("listitem").first()).toContainText("start");
  await accessible(page);
});

/** Opens the preview of a package, as its author does. @param {import("@playwright/test").Page} page @param {Api} api @param {string} folder */
async function previewed(page, api, folder) {
  const { id } = await api.upload(folder);
  await signIn(page, api.url);
  await page.goto(`${api.url}/packages/${id}`);
  await page.locator(`form[action="/packages/${id}/preview"] button`).click();
  return { id, player: new Player(page), panel: page.locator(".inspector") };
}

test("the preview of cmi5 shows statements, refusals with their requirement, launch data and what is satisfied", async ({ page }) => {
  const api = await Api.connect();
  const { id, player, panel } = await previewed(page, api, "packages/unita-cmi5");
  await player.is("waiting");
  await player.button("continue").click();
  await player.is("delivering");
  const status = player.content.getByRole("status");
  await expect(status).toHaveText("initialized");
  const shown = panel.getByRole("tabpanel");
  await expect(shown).toContainText("avviata");
  await expect(shown).toContainText("initialized");
  await player.content.getByRole("button", { name: "Completa" }).click();
  await expect(status).toHaveText("completed");
  await player.content.getByRole("button", { name: "Completa" }).click();
  await expect(status).toHaveText("rifiutato: 9.3.0.0-2");
  await expect(panel.locator("tr.failed .why")).toContainText("9.3.0.0-2");
  await accessible(page);

  await panel.getByRole("tab", { name: "Attività" }).click();
  const unit = panel.getByRole("row").filter({ hasText: "test/lettura" });
  await expect(unit).toContainText("Completed");
  await expect(unit).toContainText("initialized, completed");
  await expect(unit.getByRole("cell").nth(1)).toHaveText("sì");
  await panel.getByRole("tab", { name: "Attività" }).press("ArrowRight");
  await expect(shown).toContainText("LMS.LaunchData");
  await expect(shown).toContainText("contextTemplate");
  await accessible(page);
  const { items } = await api.call("GET", `/api/v1/registrations?package_id=${id}`);
  expect(items).toEqual([]);
});

test("the preview of a real cmi5 course shows what its units leave", async ({ page }) => {
  const api = await Api.connect();
  const { player, panel } = await previewed(page, api, "../../content-packages/modulo-6-progetto");
  await player.button("continue").click();
  await player.is("delivering");
  const shown = panel.getByRole("tabpanel");
  await expect(shown).toContainText("initialized");
  await panel.getByRole("tab", { name: "Attività" }).click();
  await expect(shown.getByRole("row").filter({ hasText: "initialized" })).toBeVisible();
});

test("what is behind a learner's course is not shown", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/unita-cmi5");
  await page.goto(await api.launch(registration));
  const player = new Player(page);
  await player.is("waiting");
  await expect(page.locator(".inspector")).toHaveCount(0);
  const token = await page.evaluate(() => sessionStorage.getItem("percorso-cmi5-session"));
  const answer = await page.request.post(new URL("/cmi5/api/inspect", page.url()).href, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status()).toBe(403);
});
