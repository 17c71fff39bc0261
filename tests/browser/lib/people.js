// @ts-check
// The demo's people: how each signs in, and how somebody gets about without a mouse.
import { expect } from "@playwright/test";

/** @import { Locator, Page } from "@playwright/test" */
/** @import { Server } from "./server.js" */

/** The password that the demo printed for somebody. @param {Server} server @param {string} email */
export async function passwordOf(server, email) {
  const found = () => new RegExp(`${email.replace(".", "\\.")} +(\\S+)`).exec(server.log())?.[1];
  await expect.poll(found, { timeout: 60_000 }).toBeTruthy();
  return found() ?? "";
}

/** Signs one of the demo's people in. @param {Page} page @param {Server} server @param {string} email */
export async function enter(page, server, email) {
  await page.goto(`${server.url}/login`);
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(await passwordOf(server, email));
  await page.locator('input[name="password"]').press("Enter");
  await expect(page).not.toHaveURL(/\/login/);
}

/** Goes on with Tab until something has the focus, which must be seen. @param {Page} page @param {Locator} wanted */
export async function tabTo(page, wanted) {
  for (let steps = 0; steps < 120; steps += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      await expect(wanted).toBeVisible();
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}
