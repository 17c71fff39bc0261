// @ts-check
// An attestato's Open Badge: given on the pages, checked by a program that is not ours, taken back.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { checked, isOf, isRevoked } from "../lib/badge.js";
import { Server } from "../lib/server.js";

test("a badge is given with the attestato and checked without us", async ({ page }) => {
  test.setTimeout(120_000);
  const server = await Server.prepare();
  try {
    await server.start([], { PERCORSO_ISSUER_NAME: "Associazione di prova", PERCORSO_ISSUER_TAX_CODE: "80012345678" });
    const api = await Api.connect(server.url);
    const event = await api.call("PUT", "/api/v1/events/w1", {
      title: "Webinar",
      starts_at: "2026-06-08T08:30:00Z",
      ends_at: "2026-06-08T10:00:00Z",
    });
    const course = await api.call("PUT", "/api/v1/courses/p1", {
      title: "Smart Working. Contesto e leve progettuali per il cambiamento organizzativo delle PA",
      items: [{ event_id: event.id, credit_minutes: 90 }],
    });
    const learner = { id: "anna", name: "Anna Bianchi", email: "anna@comune.example" };
    const enrolment = await api.call("POST", `/api/v1/courses/${course.id}/enrolments`, { learner });
    await api.call("POST", `/api/v1/events/${event.id}/attendance`, { items: [{ learner_id: "anna", attended: true }] });
    const certificate = await api.call("POST", `/api/v1/enrolments/${enrolment.id}/certificate`, {});

    await page.goto(certificate.verify_url);
    await expect(page.locator("main")).toContainText("Associazione di prova");
    await expect(page.locator("main")).toContainText("80012345678");
    await accessible(page);
    const link = async (/** @type {RegExp} */ name) =>
      new URL((await page.getByRole("link", { name }).getAttribute("href")) ?? "", server.url).href;
    const jws = await (await fetch(await link(/JWT/))).text();
    const badge = await checked(jws);
    expect(badge).toMatchObject({
      type: ["VerifiableCredential", "OpenBadgeCredential"],
      issuer: { type: ["Profile"], name: "Associazione di prova" },
      credentialSubject: { type: ["AchievementSubject"], creditsEarned: 1.5, achievement: { type: ["Achievement"] } },
    });
    expect(badge.credentialSubject.achievement.criteria.narrative).toContain("Webinar");
    expect(isOf(badge, "anna@comune.example")).toBe(true);
    expect(isOf(badge, "carla@comune.example")).toBe(false);
    const [header, payload, signature] = jws.split(".");
    const more = Buffer.from(JSON.stringify({ ...badge, name: "Un altro corso" })).toString("base64url");
    expect(await checked([header, more, signature].join("."))).toBeNull();
    expect(payload).not.toBe(more);

    // The picture is one that a browser draws, and carries the same credential.
    const picture = await link(/SVG/);
    const svg = await (await fetch(picture)).text();
    const drawn = await page.evaluate((text) => {
      const document = new DOMParser().parseFromString(text, "image/svg+xml");
      const [credential] = document.getElementsByTagNameNS("https://purl.imsglobal.org/ob/v3p0", "credential");
      return { error: document.querySelector("parsererror")?.textContent ?? null, verify: credential?.getAttribute("verify") };
    }, svg);
    expect(drawn).toEqual({ error: null, verify: jws });
    if (process.env.PERCORSO_SHOTS) {
      await page.screenshot({ path: `${process.env.PERCORSO_SHOTS}-verify.png`, fullPage: true });
      await page.goto(badge.credentialSubject.achievement.image.id);
      await page.screenshot({ path: `${process.env.PERCORSO_SHOTS}-badge.png` });
    }

    expect(await isRevoked(badge)).toBe(false);
    await api.call("POST", `/api/v1/certificates/${certificate.code}/revoke`, { reason: "rilasciato per errore" });
    expect(await isRevoked(badge)).toBe(true);
  } finally {
    await server.discard();
  }
});
