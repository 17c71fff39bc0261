// @ts-check
// axe-core's verdict on a page and its frames, against WCAG 2.1 A and AA.
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";

/** @param {import("@playwright/test").Page} page */
export async function accessible(page) {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  expect(found).toEqual([]);
}
