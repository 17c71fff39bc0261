// @ts-check
// The player page as the contract describes it to automation and assistive technology.
import { expect } from "@playwright/test";

export class Player {
  /** Opens a launch URL. @param {import("@playwright/test").Page} page @param {string} url */
  static async open(page, url) {
    await page.goto(url);
    const player = new Player(page);
    await player.is("delivering");
    return player;
  }

  /** @param {import("@playwright/test").Page} page */
  constructor(page) {
    this.page = page;
    this.root = page.locator("[data-player]");
    this.content = page.frameLocator('iframe[name="content"]');
  }

  /** @param {string} state */
  async is(state) {
    await expect(this.root).toHaveAttribute("data-state", state);
  }

  /** All work acknowledged by the server. */
  async saved() {
    await expect(this.root).toHaveAttribute("data-saved", "true");
  }

  /** @param {string} request */
  button(request) {
    return this.page.locator(`button[data-nav="${request}"]`);
  }

  /** A line of the table of contents. @param {string} identifier */
  entry(identifier) {
    return this.page.locator(`[data-activity="${identifier}"]`);
  }

  /** @param {string} identifier */
  async delivers(identifier) {
    await expect(this.root).toHaveAttribute("data-current-activity", identifier);
    await this.is("delivering");
  }
}

/** The SCO of `packages/lettura-*`: six pages with one answer each, then the end. */
export class Reading {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.content = player.content;
  }

  /** @param {number} page */
  async isAt(page) {
    await expect(this.content.locator("#page")).toHaveText(`Pagina ${page} di 6`);
  }

  /** Reads on up to a page. @param {number} page */
  async readTo(page) {
    await expect(this.content.locator("#page")).toHaveText(/\d/);
    for (;;) {
      const text = (await this.content.locator("#page").textContent()) ?? "";
      const now = Number(/\d+/.exec(text)?.[0]);
      if (now >= page) return;
      await this.content.getByRole("button", { name: "Avanti" }).click();
      await this.isAt(now + 1);
    }
  }

  async finish() {
    await this.readTo(6);
    await this.content.getByRole("button", { name: "Fine" }).click();
    await expect(this.content.locator("#page")).toHaveText("Finito");
  }

  /** What the run-time held when this visit began. */
  async found() {
    const text = await this.content.locator("#found").textContent();
    return JSON.parse(text ?? "{}");
  }
}
