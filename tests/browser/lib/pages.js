// @ts-check
// The app's own pages: signing in.
import { expect } from "@playwright/test";
import { admin } from "./server.js";

/** Signs the browser in as the first administrator. @param {import("@playwright/test").Page} page @param {string} url */
export async function signIn(page, url) {
  await page.goto(`${url}/login`);
  await page.locator('input[name="email"]').fill(admin.email);
  await page.locator('input[name="password"]').fill(admin.password);
  await page.getByRole("button", { name: /accedi|entra|sign in/i }).click();
  await expect(page).not.toHaveURL(/\/login/);
}
