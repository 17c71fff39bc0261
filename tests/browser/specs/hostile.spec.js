// @ts-check
// Uploaded content is foreign code: it reaches nothing with anybody's rights but its own launch's.
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";
import { Player } from "../lib/player.js";

test("a hostile package reaches neither the API nor another's session", async ({ page, context }) => {
  const api = await Api.connect();
  const stranger = await api.register("packages/lettura-scorm2004");
  const { session_id: session } = await api.call("POST", `/api/v1/registrations/${stranger}/launch`, {});

  // The browser is signed in to the app: the cookie is what the content would love to ride on.
  await signIn(page, api.url);
  const registration = await api.register("packages/ostile");
  const player = await Player.open(page, await api.launch(registration));
  await expect(player.content.getByRole("heading", { name: "Ostile" })).toBeVisible();
  const frame = page.frame({ name: "content" });
  if (!frame) throw new Error("no content frame");
  await frame.waitForFunction(() => "attack" in window);
  await frame.evaluate((target) => /** @type {any} */ (window).attack(target), {
    app: api.url,
    registration: stranger,
    session,
  });
  const report = JSON.parse((await player.content.locator("#report").textContent()) ?? "{}");

  expect(report.cookies).toBe("");
  expect(report.apiAnswers).toBe("true");
  for (const [name, { status, body }] of Object.entries(report).filter(([, line]) => typeof line === "object")) {
    expect([name, status === "blocked" || (status >= 400 && status < 500)], `${name}: ${status} ${body}`).toEqual([name, true]);
  }
  // Nothing of it reached the stranger's registration, and no cookie exists on the player's origin.
  expect(await api.registration(stranger)).toMatchObject({ completion: "not_attempted" });
  const playerHost = new URL(page.url()).hostname;
  expect((await context.cookies()).filter((cookie) => cookie.domain === playerHost)).toEqual([]);
});

test("content may not be framed as the app, nor sniffed", async ({ page }) => {
  const api = await Api.connect();
  const player = await Player.open(page, await api.launch(await api.register("packages/lettura-scorm2004")));
  const source = await page.locator('iframe[name="content"]').evaluate((frame) => /** @type {HTMLIFrameElement} */ (frame).contentWindow?.location.href);
  await player.is("delivering");
  expect(new URL(source ?? "").origin).not.toBe(new URL(api.url).origin);
  const answer = await fetch(source ?? "");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("referrer-policy")).toBeTruthy();
  const app = await fetch(`${api.url}/`);
  expect(app.headers.get("content-security-policy")).toMatch(/frame-ancestors/);
});
