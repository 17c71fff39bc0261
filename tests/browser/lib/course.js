// @ts-check
// The demo course's pages as a learner uses them: read, watch, answer, take the test.
import { expect } from "@playwright/test";

/** A lesson or a test of the course, inside the player. */
export class CoursePage {
  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
    this.page = player.page;
    this.content = player.content;
  }

  async ready() {
    await expect(this.content.locator("html[data-ready]")).toHaveCount(1);
  }

  /** Reads the text version to its end, as the runtime measures it. */
  async read() {
    await this.ready();
    const text = this.content.locator("details[data-text]");
    if (!(await text.evaluate((details) => /** @type {HTMLDetailsElement} */ (details).open))) await text.locator("summary").click();
    const scenes = this.content.locator("[data-scene]");
    for (let i = 0; i < (await scenes.count()); i += 1) {
      await scenes.nth(i).locator(".scene-end").scrollIntoViewIfNeeded();
      const words = ((await scenes.nth(i).textContent()) ?? "").split(/\s+/).length;
      await this.page.waitForTimeout(Math.max(1000, words * 25) + 150);
    }
  }

  /** Answers every question asked; those that `wrong` picks wrongly. @param {(lesson: string, index: number) => boolean} [wrong] */
  async answer(wrong = () => false) {
    await this.ready();
    const questions = this.content.locator("fieldset[data-question]:not([hidden])");
    for (let i = 0; i < (await questions.count()); i += 1) {
      const question = questions.nth(i);
      const lesson = (await question.getAttribute("data-lesson")) ?? "";
      await answerOne(question, !wrong(lesson, i));
    }
    await this.content.locator("form button[type=submit]").click();
  }

  /** The whole object, read and checked. */
  async take() {
    await this.read();
    await this.answer();
    await this.completed();
  }

  /** Runs in the page, on the video. @template T @param {(video: HTMLVideoElement) => T} what @returns {Promise<T>} */
  async video(what) {
    return this.content.locator("video").evaluate(/** @type {(element: any) => any} */ (what));
  }

  /** Plays on, up to a second or to the end. @param {{ to?: number, rate: number }} how */
  async play({ to, rate }) {
    await this.content.locator("video").evaluate(
      async (/** @type {HTMLVideoElement} */ video, { to, rate }) => {
        video.muted = true;
        video.playbackRate = rate;
        await video.play();
        const until = to ?? video.duration;
        await new Promise((resolve) => {
          const look = setInterval(() => {
            if (video.currentTime < until && !video.ended) return;
            clearInterval(look);
            resolve(null);
          }, 50);
        });
        video.pause();
      },
      { to, rate },
    );
  }

  /** @returns {Promise<number>} */
  progress() {
    return this.content.locator("progress").evaluate((bar) => /** @type {HTMLProgressElement} */ (bar).value);
  }

  async completed() {
    await expect(this.content.locator("progress")).toHaveJSProperty("value", 1);
    await expect(this.content.locator("[data-left]")).toHaveText("Oggetto completato.");
  }
}

/** @param {import("@playwright/test").Locator} question @param {boolean} right */
async function answerOne(question, right) {
  const type = (await question.getAttribute("data-type")) ?? "choice";
  const correct = ((await question.getAttribute("data-correct")) ?? "").split(" ");
  if (type === "numeric") {
    await question.locator("input").fill(String(Number(correct[0]) + (right ? 0 : 1)));
    return;
  }
  if (type === "matching") {
    for (const pair of correct) {
      const [source, target] = pair.split(".");
      await question.locator(`select[data-source="${source}"]`).selectOption(right ? target : target === "1" ? "2" : "1");
    }
    return;
  }
  const inputs = question.locator("input");
  for (let i = 0; i < (await inputs.count()); i += 1) {
    const value = (await inputs.nth(i).getAttribute("value")) ?? "";
    const radio = (await inputs.nth(i).getAttribute("type")) === "radio";
    const chosen = correct.includes(value) === right;
    if (chosen) {
      await inputs.nth(i).check();
      if (radio) return;
    } else if (!radio) await inputs.nth(i).uncheck();
  }
}
