// @ts-check
// The whole path as one learner takes it, from the pages: two webinars, six modules with their videos and
// tests (a jump ahead, wrong answers, a review, an interruption), the attestato and its check; and what a
// coordinator sees of it.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { CoursePage } from "../lib/course.js";
import { Player } from "../lib/player.js";
import { Server } from "../lib/server.js";

/** Lessons of each module; module 6 is cmi5, whose units have IRIs. */
const MODULES = [
  { objects: [1, 2, 3].map((n) => `oggetto-1-${n}`), exam: "test-1" },
  { objects: [1, 2, 3].map((n) => `oggetto-2-${n}`), exam: "test-2" },
  { objects: [1, 2, 3].map((n) => `oggetto-3-${n}`), exam: "test-3" },
  { objects: [1, 2, 3].map((n) => `oggetto-4-${n}`), exam: "test-4" },
  { objects: [1, 2].map((n) => `oggetto-5-${n}`), exam: "test-5" },
  { objects: [1, 2].map((n) => unit(`oggetto-6-${n}`)), exam: unit("test-6") },
];

/** @param {string} name */
function unit(name) {
  return `https://percorso.example/corsi/smart-working/modulo-6/${name}`;
}

/** @param {import("@playwright/test").Page} page @param {Server} server @param {string} role */
async function signIn(page, server, role) {
  const found = () => new RegExp(`${role}@demo\\.example +(\\S+)`).exec(server.log())?.[1];
  await expect.poll(found).toBeTruthy();
  await page.goto(`${server.url}/login`);
  await page.locator('input[name="email"]').fill(`${role}@demo.example`);
  await page.locator('input[name="password"]').fill(found() ?? "");
  await page.locator('input[name="password"]').press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Opens the path's next step by its one button. @param {import("@playwright/test").Page} page @param {Server} server @param {string} button */
async function next(page, server, button) {
  await page.goto(server.url);
  await page.getByRole("region", { name: "I miei percorsi" }).getByRole("button", { name: button }).click();
  const player = new Player(page);
  await expect(player.root).toHaveAttribute("data-state", /delivering|waiting/, { timeout: 20_000 });
  return player;
}

/** Watches a lesson, or reads it where there is nothing to watch, and answers. @param {CoursePage} course */
async function learn(course) {
  await course.ready();
  if ((await course.content.locator("video").count()) > 0) {
    await course.play({ rate: 16 });
    await course.answer();
    await course.completed();
  } else await course.take();
}

test("the whole path, to the attestato and its check", async ({ page, browser }) => {
  test.setTimeout(900_000);
  const server = await Server.prepare();
  try {
    await server.start(["--demo", "--import", "content-packages"]);
    await signIn(page, server, "learner");
    const api = await Api.connect(server.url);
    const { items } = await api.call("GET", "/api/v1/enrolments");
    const [enrolment] = items;
    const learner = enrolment.learner.id;

    // The webinars: one by the meeting tool's list, one by entry.
    const events = await api.call("GET", "/api/v1/events");
    expect(events).toHaveLength(2);
    const [first, second] = events;
    const list = "Name (Original Name),User Email,Duration (Minutes)\nAnna Bianchi,learner@demo.example,180\n";
    const read = await fetch(`${server.url}/api/v1/events/${first.id}/attendance/list`, {
      method: "POST",
      headers: { authorization: `Bearer ${api.token}` },
      body: list,
    });
    expect(await read.json()).toMatchObject({ noted: 1 });
    await api.call("POST", `/api/v1/events/${second.id}/attendance`, { items: [{ learner_id: learner, attended: true }] });
    await page.goto(server.url);
    await page.getByRole("region", { name: "I miei percorsi" }).getByRole("link").click();
    await expect(page.getByRole("listitem").filter({ hasText: "Webinar" }).filter({ hasText: "Presente" })).toHaveCount(2);
    await expect(page.getByRole("link", { name: "Scarica l’attestato" })).toHaveCount(0);

    for (const [index, { objects, exam }] of MODULES.entries()) {
      const number = index + 1;
      let player = await next(page, server, `Inizia Modulo ${number}`);
      let course = new CoursePage(player);
      for (const object of objects) {
        if ((await player.root.getAttribute("data-current-activity")) !== object) await player.entry(object).click();
        await player.delivers(object);
        if (object === "oggetto-1-1") {
          // A jump to the end is not the lesson; left half way, it comes back at the second.
          await course.ready();
          await course.play({ to: 20, rate: 8 });
          await course.video((video) => (video.currentTime = video.duration - 2));
          await course.play({ rate: 2 });
          await expect.poll(() => course.progress()).toBeLessThan(0.5);
          await course.video((video) => (video.currentTime = 21));
          await course.play({ to: 25, rate: 4 });
          await player.button("suspendAll").click();
          await player.is("suspended");
          player = await next(page, server, "Riprendi Modulo 1");
          course = new CoursePage(player);
          await player.delivers(object);
          await course.ready();
          expect(await course.video((video) => video.currentTime)).toBeGreaterThan(20);
          await course.video((video) => (video.currentTime = 0));
          await course.play({ rate: 16 });
          await course.answer(() => true);
          await expect(player.content.locator("[data-feedback]").first()).toContainText("Non è così.");
          await course.answer();
          await course.completed();
        } else await learn(course);
      }
      if (number < 6) await expect(player.entry(exam)).not.toHaveAttribute("aria-disabled", "true");
      await player.entry(exam).click();
      await player.delivers(exam);
      if (number === 1) {
        // The lesson that was missed is reviewed before the test opens again.
        await course.answer((lesson) => lesson === "oggetto-1-2" || lesson === "oggetto-1-3");
        await player.content.getByRole("button", { name: "Vai al ripasso" }).click();
        await player.delivers("oggetto-1-3");
        await course.answer();
        await player.content.getByRole("button", { name: "Vai alla prossima lezione da ripassare" }).click();
        await player.delivers("oggetto-1-2");
        await course.answer();
        await player.content.getByRole("button", { name: "Torna al test" }).click();
        await player.delivers(exam);
      }
      await course.answer((_, question) => question === 0);
      await expect(player.content.locator("[data-result]")).toContainText("Test superato");
      if (number === 6) {
        await player.content.getByRole("button", { name: "Torna al corso" }).click();
        await player.is("waiting");
      } else {
        await player.button("exitAll").click();
        await player.is("ended");
      }
    }

    // The path's page issues the attestato; whoever is given it checks it.
    await page.goto(server.url);
    await page.getByRole("region", { name: "I miei percorsi" }).getByRole("link").click();
    const file = page.getByRole("link", { name: "Scarica l’attestato" });
    await expect(file).toBeVisible();
    await accessible(page);
    const pdf = await page.request.get(new URL((await file.getAttribute("href")) ?? "", server.url).href);
    expect(pdf.headers()["content-type"]).toBe("application/pdf");
    expect((await pdf.body()).subarray(0, 5).toString()).toBe("%PDF-");
    const check = page.locator('main a[href^="/verifica/"]');
    const address = new URL((await check.getAttribute("href")) ?? "", server.url).href;
    const stranger = await (await browser.newContext({ locale: "it-IT" })).newPage();
    await stranger.goto(address);
    await expect(stranger.locator("main")).toContainText("Anna Bianchi");
    await accessible(stranger);

    // What a coordinator's program reads, and their page says.
    const done = await api.call("GET", `/api/v1/enrolments/${enrolment.id}`);
    expect(done).toMatchObject({ completion: "completed", why_incomplete: [] });
    // Hours count in the year in which they were done: the webinars were in 2026.
    let credited = 0;
    for (const year of new Set([2026, new Date().getFullYear()])) {
      const { people } = await api.call("GET", `/api/v1/reports/hours?year=${year}`);
      expect(people).toHaveLength(1);
      credited += people[0].credited_minutes;
    }
    expect(credited).toBe(done.credited_minutes);
    expect(done.credited_minutes).toBeGreaterThan(60);
    await signIn(stranger, server, "coordinator");
    await stranger.goto(`${server.url}/coordinator/certificates`);
    await expect(stranger.locator("main")).toContainText("Anna Bianchi");
  } finally {
    await server.discard();
  }
});
