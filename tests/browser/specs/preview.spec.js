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
