// @ts-check
// Every built video plays here and goes where it is told, with captions that a reader can follow.
import { readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { createReadStream } from "node:fs";
import { expect, test } from "@playwright/test";

const PACKAGES = new URL("../../../content-packages/", import.meta.url);
const TYPES = { webm: "video/webm", vtt: "text/vtt", jpg: "image/jpeg" };

/** Names of the built videos: `modulo-1-contesto/media/1-che-cose`. */
async function built() {
  const names = [];
  for (const module of (await readdir(PACKAGES)).filter((name) => name.startsWith("modulo-"))) {
    const files = await readdir(new URL(`${module}/media/`, PACKAGES)).catch(() => []);
    names.push(...files.filter((file) => file.endsWith(".webm")).map((file) => `${module}/media/${file.slice(0, -5)}`));
  }
  return names.sort();
}

/** The course's files over HTTP, parts of them too, as a player asks for them. */
function files() {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
    const file = new URL(path, PACKAGES);
    const size = await stat(file).then((found) => found.size, () => -1);
    if (!path || size < 0) {
      response.writeHead(path ? 404 : 200, { "content-type": "text/html" }).end("<!doctype html><title>Video</title>");
      return;
    }
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    const start = Number(from ?? 0);
    const end = to ? Number(to) : size - 1;
    const headers = { "content-type": TYPES[path.split(".").at(-1) ?? ""], "accept-ranges": "bytes", "content-length": end - start + 1 };
    response.writeHead(from ? 206 : 200, from ? { ...headers, "content-range": `bytes ${start}-${end}/${size}` } : headers);
    createReadStream(file, { start, end }).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

test("the course's videos play, seek and have captions", async ({ page }) => {
  const names = await built();
  test.skip(names.length === 0, "no video is built");
  const server = await files();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  for (const name of names) {
    const described = JSON.parse(await readFile(new URL(`${name}.json`, PACKAGES), "utf8"));
    const seen = await page.evaluate(watch, { name, starts: described.scenes.map((scene) => scene.start_s) });
    expect(Math.abs(seen.duration - described.duration_s), name).toBeLessThan(0.3);
    expect([seen.width, seen.height], name).toEqual([1280, 720]);
    expect(seen.played, `${name} plays`).toBeGreaterThan(0.2);
    expect(seen.slowest, `${name} seeks, in milliseconds`).toBeLessThan(3000);
    expect(seen.chapters, name).toEqual(described.scenes.map((scene) => scene.heading));
    expect(seen.cues.length, name).toBeGreaterThan(described.duration_s / 10);
    let before = 0;
    for (const { start, end, text } of seen.cues) {
      expect(start, `${name}: ${text}`).toBeGreaterThanOrEqual(before - 0.001);
      expect(end, `${name}: ${text}`).toBeGreaterThan(start);
      before = end;
      const lines = text.split("\n");
      expect(lines.length, `${name}: ${text}`).toBeLessThanOrEqual(2);
      for (const line of lines) expect(line.length, `${name}: ${line}`).toBeLessThanOrEqual(42);
    }
    expect(before, name).toBeLessThanOrEqual(described.duration_s);
  }
  server.close();
});

/** In the page: plays a little, goes to every scene, reads both tracks. */
async function watch({ name, starts }) {
  const video = document.createElement("video");
  video.muted = true;
  video.src = `/${name}.webm`;
  const tracks = ["captions", "chapters"].map((kind) => {
    const track = document.createElement("track");
    Object.assign(track, { kind, srclang: "it", src: `/${name}.${kind === "captions" ? "" : "chapters."}vtt` });
    video.append(track);
    track.track.mode = "hidden";
    return track;
  });
  document.body.replaceChildren(video);
  const once = (target, event) =>
    new Promise((resolve, reject) => {
      target.addEventListener(event, resolve, { once: true });
      target.addEventListener("error", () => reject(new Error(`${name}: ${event} did not come`)), { once: true });
    });
  const cues = (track) =>
    (track.readyState === 2 ? Promise.resolve() : once(track, "load")).then(() => [...track.track.cues].map((cue) => ({ start: cue.startTime, end: cue.endTime, text: cue.text })));
  const both = tracks.map(cues);
  await once(video, "canplay");
  await video.play();
  // A busy machine needs its time to begin.
  const patience = performance.now() + 10_000;
  while (video.currentTime <= 0.2 && performance.now() < patience) await new Promise((resolve) => setTimeout(resolve, 100));
  const played = video.currentTime;
  video.pause();
  let slowest = 0;
  for (const start of [...starts].reverse()) {
    const begun = performance.now();
    const there = once(video, "seeked");
    video.currentTime = start + 0.5;
    await there;
    slowest = Math.max(slowest, performance.now() - begun);
  }
  const [captions, chapters] = await Promise.all(both);
  return {
    duration: video.duration,
    width: video.videoWidth,
    height: video.videoHeight,
    played,
    slowest,
    cues: captions,
    chapters: chapters.map((chapter) => chapter.text),
  };
}
