// @ts-check
// What a learner does on the demo: sign in, open a course with one click, interrupt, come back, resume.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Server } from "../lib/server.js";

test("the demo's learner opens, interrupts and resumes a course from the pages", async ({ page }) => {
  test.setTimeout(120_000);
  const server = await Server.prepare();
  try {
    await server.start(["--demo", "--import", "content-packages"]);
    await expect.poll(() => /learner@demo\.example +(\S+)/.exec(server.log())?.[1]).toBeTruthy();
    const password = /learner@demo\.example +(\S+)/.exec(server.log())?.[1] ?? "";
    await page.goto(server.url);
    await page.locator('input[name="email"]').fill("learner@demo.example");
    await page.locator('input[name="password"]').fill(password);
    await page.locator('input[name="password"]').press("Enter");
    await expect(page.locator('form[action$="/open"]')).toHaveCount(6);
    await accessible(page);

    // Module 1: the newest come first, and the last is cmi5, whose page waits for a choice.
    await page.locator('form[action$="/open"] button').last().click();
    const player = page.locator("[data-player]");
    await expect(player).toHaveAttribute("data-state", "delivering", { timeout: 20_000 });
    expect(new URL(page.url()).origin).toBe(server.playerUrl);
    await page.locator('button[data-nav="suspendAll"]').click();
    await expect(player).toHaveAttribute("data-state", "suspended");

    await page.locator('a[href*="/courses/"]').first().click();
    await expect(page).toHaveURL(new RegExp(`^${server.url}/courses/`));
    await accessible(page);
    await page.locator('form[action$="/open"] button').first().click();
    await expect(player).toHaveAttribute("data-state", "delivering", { timeout: 20_000 });
  } finally {
    await server.discard();
  }
});
