// @ts-check
// The course's own small content runtime: starts the page, and ends it when it goes away.
//
// A page declares what it is in HTML (`data-scene`, `data-video`, `data-question`, `data-test`); `lesson.js`
// and `test.js` do what follows, `run-time.js` (SCORM) or `cmi5.js` talks to the LMS.

import { Cmi5RunTime } from "./cmi5.js";
import { Lesson } from "./lesson.js";
import { ScormRunTime } from "./run-time.js";
import { Test } from "./test.js";

const parameters = new URLSearchParams(location.search);
const runTime = Cmi5RunTime.launched(parameters) ? await Cmi5RunTime.connect(parameters) : new ScormRunTime();
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

// A cmi5 AU leads back to where its launch came from.
if (runTime instanceof Cmi5RunTime && runTime.returnUrl) {
  const back = runTime.returnUrl;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Torna al corso";
  button.className = "return";
  button.addEventListener("click", async () => {
    page.leave();
    await runTime.sending;
    location.assign(back);
  });
  document.querySelector("main")?.append(button);
}
