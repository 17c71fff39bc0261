// @ts-check
// An author uploads, reads what was found, compares versions, archives: with and without the script.
import { expect, test } from "@playwright/test";
import { strToU8, unzipSync, zipSync } from "fflate";
import { accessible } from "../lib/accessible.js";
import { Api, pack } from "../lib/api.js";
import { signIn } from "../lib/pages.js";

const url = process.env.PERCORSO_URL ?? "";
const phone = { width: 320, height: 640 };
let count = 0;

/** The small package under a title of its own, padded. @param {{ title: string, padding?: number, broken?: boolean }} how */
function archive({ title, padding = 0, broken = false }) {
  const files = unzipSync(pack("packages/lettura-scorm12"));
  count += 1;
  const manifest = new TextDecoder().decode(files["imsmanifest.xml"]);
  const titled = manifest.replace(/<title>[^<]*<\/title>/, `<title>${title}</title>`);
  files["imsmanifest.xml"] = strToU8(broken ? titled.replace("</organizations>", "") : titled);
  const noise = new Uint8Array(padding);
  for (let at = 0; at < padding; at += 65536) crypto.getRandomValues(noise.subarray(at, Math.min(at + 65536, padding)));
  files["rumore.bin"] = noise;
  files["prova.txt"] = strToU8(`${process.pid} ${Date.now()} ${count}`);
  return { name: `${title}.zip`, mimeType: "application/zip", buffer: Buffer.from(zipSync(files, { level: 0 })) };
}

test("a large file goes on after the line was lost, with its progress shown", async ({ page }) => {
  await signIn(page, url);
  await page.goto(`${url}/`);
  await accessible(page);
  let pieces = 0;
  await page.route("**/api/v1/uploads/*", async (route) => {
    if (route.request().method() !== "PATCH") return route.continue();
    pieces += 1;
    return pieces === 2 ? route.abort("connectionreset") : route.continue();
  });
  await page.locator('input[type="file"]').setInputFiles(archive({ title: "Caricamento a pezzi", padding: 20_000_000 }));
  const heads = page.waitForRequest((request) => request.method() === "HEAD" && request.url().includes("/api/v1/uploads/"));
  await page.getByRole("button", { name: "Carica", exact: true }).click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await heads;
  await expect(page.getByRole("heading", { level: 1, name: "Caricamento a pezzi" })).toBeVisible();
  expect(pieces).toBe(4);
  await accessible(page);
  await page.setViewportSize(phone);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
  await accessible(page);
});

test("a paused upload goes on, also after the page was left", async ({ page }) => {
  await signIn(page, url);
  const file = archive({ title: "In pausa", padding: 20_000_000 });
  /** @type {() => void} */
  let release = () => {};
  let held = false;
  await page.route("**/api/v1/uploads/*", async (route) => {
    if (route.request().method() === "PATCH" && route.request().headers()["upload-offset"] !== "0" && !held) {
      held = true;
      await new Promise((resolve) => (release = () => resolve(undefined)));
      return route.abort().catch(() => {});
    }
    return route.continue();
  });
  await page.goto(`${url}/`);
  await page.evaluate(() => localStorage.clear());
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByRole("button", { name: "Carica", exact: true }).click();
  await expect.poll(() => held).toBe(true);
  await page.getByRole("button", { name: "Metti in pausa" }).click();
  await expect(page.getByRole("button", { name: "Riprendi il caricamento" })).toBeVisible();
  release();
  const upload = await page.evaluate(() => Object.values(localStorage).find((value) => value.startsWith("/api/v1/uploads/")));
  expect(upload).toBeTruthy();
  const head = await page.request.head(`${url}${upload}`, { headers: { "Tus-Resumable": "1.0.0" } });
  expect(Number(head.headers()["upload-offset"])).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Riprendi il caricamento" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "In pausa" })).toBeVisible();
});

test("what is wrong is shown by severity, with the lines and the mend", async ({ page }) => {
  await signIn(page, url);
  await page.goto(`${url}/`);
  await page.locator('input[type="file"]').setInputFiles(archive({ title: "Rotto", broken: true }));
  await page.getByRole("button", { name: "Carica", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Il pacchetto non si può pubblicare");
  const errors = page.getByRole("region", { name: /Errori/ });
  await expect(errors.getByRole("listitem").first()).toContainText("imsmanifest.xml");
  await expect(errors.locator(".excerpt .meant").first()).toBeVisible();
  await expect(errors).toContainText("Come rimediare");
  await accessible(page);
});

test("versions are compared, rolled back and archived; a learner's page is not the author's", async ({ page }) => {
  await signIn(page, url);
  await page.goto(`${url}/`);
  await page.locator('input[type="file"]').setInputFiles(archive({ title: "Prima" }));
  await page.getByRole("button", { name: "Carica", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Prima" })).toBeVisible();
  const address = page.url();
  await page.locator('input[type="file"]').setInputFiles(archive({ title: "Seconda" }));
  await page.getByRole("button", { name: "Carica", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Seconda" })).toBeVisible();
  expect(page.url()).toBe(address);
  await page.getByRole("link", { name: /Confronta/ }).click();
  await expect(page.locator("main")).toContainText("dalla versione 1 alla 2");
  await expect(page.getByRole("listitem").filter({ hasText: "imsmanifest.xml" })).toContainText("cambiato");
  await accessible(page);
  await page.getByRole("button", { name: /versione in uso/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Prima" })).toBeVisible();
  await page.getByText("Archivia", { exact: true }).click();
  await page.getByRole("button", { name: "Sì, archivia" }).click();
  await page.goto(address);
  await expect(page.locator("main")).toContainText("Archiviato");
  await expect(page.getByRole("button", { name: "Anteprima" })).toHaveCount(0);
});

test("the form works without the script, and in English", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "it-IT" });
  const page = await context.newPage();
  await signIn(page, url);
  await page.goto(`${url}/`);
  await page.getByRole("link", { name: "ENG" }).click();
  await page.locator('input[type="file"]').setInputFiles(archive({ title: "Senza script" }));
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Senza script" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Upload a new version" })).toBeVisible();
  await context.close();
  const api = await Api.connect();
  const { items } = await api.call("GET", "/api/v1/packages");
  expect(items.some((/** @type {{ title: string }} */ item) => item.title === "Senza script")).toBe(true);
});
