// @ts-check
// The course's own small content runtime: starts the page, and ends it when it goes away.
//
// A page declares what it is in HTML (`data-scene`, `data-video`, `data-question`, `data-test`); `lesson.js`
// and `test.js` do what follows, `run-time.js` talks to the LMS.

import { Lesson } from "./lesson.js";
import { ScormRunTime } from "./run-time.js";
import { Test } from "./test.js";

const runTime = new ScormRunTime();
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-test]"));
const page = form ? new Test(runTime, form) : new Lesson(runTime);
page.begin();
document.documentElement.dataset.ready = "true";
addEventListener("pagehide", () => page.leave());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  page.keep();
  runTime.commit();
});
