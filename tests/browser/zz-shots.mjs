import { chromium } from "@playwright/test";
const [,, base, email, password, out, ...paths] = process.argv;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const width of [1280, 390]) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  await page.goto(base + "/login");
  if (email !== "-") {
    await page.fill('input[name="email"]', email); await page.fill('input[name="password"]', password);
    await page.press('input[name="password"]', "Enter"); await page.waitForURL((u) => !u.pathname.startsWith("/login"));
  }
  let n = 0;
  for (const path of paths) {
    const [p, sel] = path.split("::");
    await page.goto(base + p);
    if (sel) { await page.click(sel); await page.waitForLoadState(); }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.screenshot({ path: `${out}-${n}-${width}.png`, fullPage: true });
    console.log(width, page.url(), wide > width ? `TOO WIDE ${wide}` : "ok");
    n++;
  }
  await page.close();
}
await browser.close();
