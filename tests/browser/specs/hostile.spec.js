// @ts-check
// Uploaded content is foreign code: it reaches nothing with anybody's rights but its own launch's.
import crypto from "node:crypto";
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";
import { Player, Reading } from "../lib/player.js";

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

test("what content writes into another course's journal counts nowhere, and its false words stop no other tab", async ({ context }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const victim = await context.newPage();
  const player = await Player.open(victim, await api.launch(registration));
  const reading = new Reading(player);
  await reading.readTo(3);
  await player.saved();

  const foreign = await context.newPage();
  const attacker = await Player.open(foreign, await api.launch(await api.register("packages/ostile")));
  await expect(attacker.content.getByRole("heading", { name: "Ostile" })).toBeVisible();
  const frame = foreign.frame({ name: "content" });
  if (!frame) throw new Error("no content frame");
  await frame.waitForFunction(() => "forge" in window);
  const found = await frame.evaluate((target) => /** @type {any} */ (window).forge(target), registration);
  // It finds whose session it is: what is kept on the device is no secret. It is only of no use.
  expect(found).toMatchObject({ sessions: 1, locked: true });

  // The tab that was told to stop goes on.
  await victim.bringToFront();
  await victim.waitForTimeout(1_500);
  await player.is("delivering");
  await reading.readTo(4);
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "incomplete", success: "unknown" });

  // The next launch finds the forged lines and sends them with a good token.
  const cdp = await context.newCDPSession(victim);
  const crashed = victim.waitForEvent("crash");
  cdp.send("Page.crash").catch(() => {});
  await crashed;
  await victim.close();
  const next = await context.newPage();
  /** @type {number[]} */
  const forged = [];
  next.on("response", async (response) => {
    if (!response.url().endsWith("/play/api/journal")) return;
    const answer = await response.json().catch(() => ({}));
    if (answer.forged) forged.push(answer.forged);
  });
  const again = new Reading(await Player.open(next, await api.launch(registration)));
  await again.isAt(4);
  expect(await again.found()).toMatchObject({ entry: "resume", visited: ["pagina-1", "pagina-2", "pagina-3"] });
  expect(forged.length).toBeGreaterThan(0);
  expect(await api.registration(registration)).toMatchObject({ completion: "incomplete", success: "unknown" });
});

test("a window that content left open has no hand on the tab's next course", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const attacker = await Player.open(page, await api.launch(await api.register("packages/ostile")));
  await expect(attacker.content.getByRole("heading", { name: "Ostile" })).toBeVisible();
  const opened = page.waitForEvent("popup");
  await page.frame({ name: "content" })?.evaluate(() => void window.open(location.href, "spia"));
  const spy = await opened;
  const reach = () =>
    spy.evaluate(() => {
      const all = /** @type {any} */ (window);
      all.tab ??= all.opener.top;
      try {
        return !all.tab.closed && "API_1484_11" in all.tab;
      } catch {
        return false;
      }
    });
  expect(await reach()).toBe(true);

  // The learner goes back to their courses, and opens another one from there.
  await page.goto(`${api.url}/`);
  const player = await Player.open(page, await api.launch(registration));
  await new Reading(player).isAt(1);
  expect(await reach()).toBe(false);
});

test("the codes are HMAC-SHA-256, of any length, with any key", async ({ page }) => {
  const api = await Api.connect();
  const url = await api.launch(await api.register("packages/lettura-scorm2004"));
  await page.goto(new URL("/play/", url).href);
  const cases = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000, 70_000].flatMap((length) =>
    [0, 32, 64, 100].map((keyLength) => ({ key: crypto.randomBytes(keyLength).toString("base64"), text: "è€x".repeat(length).slice(0, length) })),
  );
  const codes = await page.evaluate(async (given) => {
    const { Seal } = await import(/** @type {any} */ ("/player/seal.js"));
    return given.map(({ key, text }) => new Seal(Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0))).code("line", text));
  }, cases);
  expect(codes).toEqual(
    cases.map(({ key, text }) => crypto.createHmac("sha256", Buffer.from(key, "base64")).update(`line\n${text}`).digest("base64url")),
  );
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
