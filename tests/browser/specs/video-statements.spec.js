// @ts-check
// A video that is watched is in the record store by the xAPI Video Profile: of a SCORM module, which the
// player sees without its help, and of a cmi5 unit, which states it itself.
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { CoursePage } from "../lib/course.js";
import { Player } from "../lib/player.js";
import { ext, ofVideos, statements, verb } from "../lib/statements.js";

const MODULES = "../../content-packages";
const UNIT = "https://percorso.example/corsi/smart-working/modulo-6/oggetto-6-2";
/** A seek is told when it has been calm for a second. */
const CALM_MS = 1_300;

/** Watches the beginning, jumps, watches to the end, goes back for what is missing. @param {CoursePage} course */
async function watch(course) {
  await course.ready();
  await course.play({ to: 6, rate: 4 });
  await course.video((video) => (video.currentTime = video.duration - 20));
  await course.page.waitForTimeout(CALM_MS);
  await course.play({ rate: 16 });
  await course.page.waitForTimeout(CALM_MS);
  await course.video((video) => (video.currentTime = 5));
  await course.page.waitForTimeout(CALM_MS);
  await course.play({ rate: 16 });
}

/** Holds a session's statements against the profile. @param {any[]} all */
function hold(all) {
  const [first] = all;
  const length = first.context.extensions[ext("length")];
  expect(verb(first)).toBe("initialized");
  expect(first.context.extensions).toMatchObject({
    [ext("volume")]: 0,
    [ext("speed")]: "4x",
    [ext("full-screen")]: false,
    [ext("quality")]: 720,
    [ext("completion-threshold")]: 0.95,
  });
  const seen = all.map(verb);
  expect(seen.filter((name) => name !== "interacted")).toEqual([
    "initialized", "played", "paused", "seeked", "played", "paused", "seeked", "played", "paused", "completed", "terminated",
  ]);
  expect(seen).toContain("interacted");
  const of = (/** @type {string} */ name) => all.filter((statement) => verb(statement) === name);
  for (const statement of all) {
    expect(statement.object.definition.type).toBe("https://w3id.org/xapi/video/activity-type/video");
    expect(statement.context.extensions).toMatchObject({ [ext("session-id")]: first.id, [ext("length")]: length });
    expect(statement.context.contextActivities.category.map((/** @type {any} */ one) => one.id)).toContain("https://w3id.org/xapi/video");
    expect(Object.hasOwn(statement.result ?? {}, "completion")).toBe(verb(statement) === "completed");
  }
  const [, to] = /** @type {string[]} */ (/^0\.000\[\.\](\d+\.\d{3})$/.exec(of("paused")[0].result.extensions[ext("played-segments")]));
  expect(Number(to)).toBeGreaterThanOrEqual(6);
  expect(of("paused")[0].result.extensions[ext("time")]).toBe(Number(to));
  const jump = of("seeked")[0].result.extensions;
  expect(jump[ext("time-from")]).toBe(Number(to));
  expect(Math.abs(jump[ext("time-to")] - (length - 20))).toBeLessThan(0.5);
  expect(jump[ext("progress")]).toBeLessThan(0.3);
  const { result } = of("completed")[0];
  expect(result.completion).toBe(true);
  expect(result.duration).toMatch(/^PT\d+\.\d\dS$/);
  // It ran at sixteen times the speed: the time spent on it is that of the clock.
  expect(Number(result.duration.slice(2, -1))).toBeLessThan(length);
  expect(result.extensions[ext("progress")]).toBeGreaterThan(0.95);
  expect(result.extensions[ext("played-segments")].split("[,]").length).toBe(3);
  for (const one of of("interacted")) {
    for (const name of ["time"]) expect(one.result.extensions).toHaveProperty([ext(name)]);
    for (const name of ["volume", "speed", "cc-enabled", "cc-subtitle-lang", "full-screen", "screen-size", "video-playback-size"]) {
      expect(one.context.extensions).toHaveProperty([ext(name)]);
    }
  }
  const times = all.map((statement) => Date.parse(statement.timestamp));
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
}

test("module 1: what is watched is stated without the content's help", async ({ page }) => {
  test.setTimeout(120_000);
  const api = await Api.connect();
  const registration = await api.register(`${MODULES}/modulo-1-contesto`);
  const player = await Player.open(page, await api.launch(registration));
  await player.entry("oggetto-1-2").click();
  await player.delivers("oggetto-1-2");
  await watch(new CoursePage(player));
  await player.button("suspendAll").click();
  await player.is("suspended");
  await expect.poll(async () => (await ofVideos(api, registration)).map(verb), { timeout: 30_000 }).toContain("terminated");
  const all = await ofVideos(api, registration);
  hold(all);
  const [video] = new Set(all.map((statement) => statement.object.id));
  expect(video).toMatch(/\/oggetto-1-2\/media\/media\/2-tre-parole\.webm$/);
  expect(all[0].object.definition.name).toEqual({ it: expect.stringContaining("Telelavoro, lavoro agile") });
  expect(all[0].context.contextActivities.parent[0].id).toMatch(/\/oggetto-1-2$/);
  // As any program asks: by verb and activity.
  const played = { activity: video, verb: "https://w3id.org/xapi/video/verbs/played" };
  expect(await statements(api, { ...played, registration })).toHaveLength(3);
  const paused = { ...played, verb: "https://w3id.org/xapi/video/verbs/paused" };
  expect(await statements(api, { ...paused, registration })).toHaveLength(3);

  // The journal replays nothing of it, and what was watched goes on in the next session.
  await Player.open(page, await api.launch(registration));
  const course = new CoursePage(player);
  await course.ready();
  await course.video((video) => (video.currentTime = 1));
  await course.play({ to: 4, rate: 2 });
  // The tab is closed: its last words are in time.
  await page.close({ runBeforeUnload: true });
  await expect.poll(async () => (await ofVideos(api, registration)).slice(all.length).map(verb), { timeout: 30_000 }).toEqual([
    "initialized", "played", "paused", "terminated",
  ]);
  const last = (await ofVideos(api, registration)).at(-1);
  expect(last.result.extensions[ext("played-segments")].split("[,]")).toHaveLength(4);
});

test("module 6: a cmi5 unit states the same", async ({ page }) => {
  test.setTimeout(120_000);
  const api = await Api.connect();
  const registration = await api.register(`${MODULES}/modulo-6-progetto`);
  await page.goto(await api.launch(registration));
  const player = new Player(page);
  await player.entry(UNIT).click();
  await player.delivers(UNIT);
  await watch(new CoursePage(player));
  await player.button("suspendAll").click();
  await player.is("suspended");
  await expect.poll(async () => (await ofVideos(api, registration)).map(verb)).toContain("terminated");
  const all = await ofVideos(api, registration);
  hold(all);
  expect(all[0].object.id).toMatch(/\/media\/media\/2-unione-misura\.webm$/);
  for (const { context } of all) {
    expect(context.extensions).toHaveProperty(["https://w3id.org/xapi/cmi5/context/extensions/sessionid"]);
    expect(context.contextActivities.category.map((/** @type {any} */ one) => one.id)).not.toContain("https://w3id.org/xapi/cmi5/context/categories/cmi5");
  }
  // Nothing of it is the unit's own: it is not completed by its video.
  const { activities } = await api.registration(registration);
  expect(activities.children[1].completion).not.toBe("completed");
  const own = await statements(api, { registration, activity: all[0].context.contextActivities.parent[0].id });
  expect(own.map(verb)).toEqual(expect.arrayContaining(["initialized", "terminated"]));
});
