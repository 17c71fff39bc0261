// @ts-check
// The demo's content in a frame of 320 px, as a phone's player shows it: every page of every module, with all
// that opens or appears later, has nothing that must be scrolled sideways.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";

const root = fileURLToPath(new URL("../../../content-packages/", import.meta.url));
const TYPES = /** @type {Record<string, string>} */ ({ ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png", ".vtt": "text/vtt" });

/** Every page, as module and file. */
const pages = fs.readdirSync(root).filter((folder) => folder.startsWith("modulo-"))
  .flatMap((folder) => fs.readdirSync(path.join(root, folder)).filter((file) => file.endsWith(".html")).map((file) => `${folder}/${file}`));

/** Serves the folder, and a page whose frame is as wide as the smallest screen. @returns {Promise<http.Server>} */
function serve() {
  const server = http.createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(`<!doctype html><title>Cornice</title><body style="margin:0"><iframe name="content" style="border:0;width:100vw;height:100vh" src="/${decodeURIComponent(search.slice(1))}"></iframe>`);
      return;
    }
    const file = path.join(root, pathname);
    const type = TYPES[path.extname(file)];
    if (!type || !fs.existsSync(file)) return void response.writeHead(404).end();
    response.setHeader("content-type", type);
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

test("no page of the demo's content scrolls sideways in a frame of 320 px", async ({ page }) => {
  test.setTimeout(180_000);
  expect(pages.length).toBeGreaterThan(20);
  const server = await serve();
  try {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    await page.setViewportSize({ width: 320, height: 640 });
    for (const one of pages) {
      await page.goto(`http://127.0.0.1:${port}/?${encodeURIComponent(one)}`);
      const frame = page.frame({ name: "content" });
      await expect(page.frameLocator("iframe").locator("h1")).toBeVisible();
      const width = () => frame?.evaluate(() => document.documentElement.scrollWidth);
      expect.soft(await width(), one).toBeLessThanOrEqual(320);
      await frame?.evaluate(() => {
        for (const hidden of document.querySelectorAll("[hidden]")) hidden.removeAttribute("hidden");
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      expect.soft(await width(), `${one}, all of it`).toBeLessThanOrEqual(320);
    }
  } finally {
    server.close();
  }
});
