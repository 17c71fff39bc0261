// Six pages; each visit is bookmarked and answered, and claims ten seconds. One source for both
// standards: the page says which (data-standard).
const is12 = document.documentElement.dataset.standard === "scorm12";
const names = is12
  ? { api: "API", init: "LMSInitialize", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit", end: "LMSFinish",
      entry: "cmi.core.entry", location: "cmi.core.lesson_location", time: "cmi.core.session_time", exit: "cmi.core.exit" }
  : { api: "API_1484_11", init: "Initialize", get: "GetValue", set: "SetValue", commit: "Commit", end: "Terminate",
      entry: "cmi.entry", location: "cmi.location", time: "cmi.session_time", exit: "cmi.exit" };

/** The API, walking up from a window. */
function find(from) {
  for (let win = from; ; win = win.parent) {
    if (win[names.api]) return win[names.api];
    if (win === win.parent) return null;
  }
}

const api = find(window) ?? (window.opener && find(window.opener));
const get = (element) => api[names.get](element);
const set = (element, value) => {
  if (api[names.set](element, String(value)) !== "true") document.title = `refused: ${element}`;
};

const initialized = api[names.init]("");
const data = get("cmi.suspend_data");
const visited = data ? JSON.parse(data) : [];
let page = Number(get(names.location).replace("pagina-", "")) || 1;
let claimed = 0;
document.querySelector("#found").textContent = JSON.stringify({
  initialized,
  entry: get(names.entry),
  location: get(names.location),
  visited,
  interactions: Number(get("cmi.interactions._count")),
});

function show() {
  document.querySelector("#page").textContent = `Pagina ${page} di 6`;
  document.querySelector("#next").hidden = page === 6;
  document.querySelector("#end").hidden = page !== 6;
}

function claim() {
  claimed += 10;
  set(names.time, is12 ? `0000:${String(Math.floor(claimed / 60)).padStart(2, "0")}:${String(claimed % 60).padStart(2, "0")}` : `PT${claimed}S`);
}

function answer() {
  const at = `cmi.interactions.${get("cmi.interactions._count")}`;
  set(`${at}.id`, `pagina-${page}`);
  set(`${at}.type`, "choice");
  set(`${at}.${is12 ? "student_response" : "learner_response"}`, "a");
  set(`${at}.result`, "correct");
  visited.push(`pagina-${page}`);
  set("cmi.suspend_data", JSON.stringify(visited));
  claim();
}

document.querySelector("#next").addEventListener("click", () => {
  answer();
  page += 1;
  set(names.location, `pagina-${page}`);
  set(names.exit, "suspend");
  show();
});

document.querySelector("#end").addEventListener("click", () => {
  answer();
  if (is12) {
    set("cmi.core.score.min", 0);
    set("cmi.core.score.max", 100);
    set("cmi.core.score.raw", 80);
    set("cmi.core.lesson_status", "passed");
  } else {
    set("cmi.score.min", 0);
    set("cmi.score.max", 100);
    set("cmi.score.raw", 80);
    set("cmi.score.scaled", 0.8);
    set("cmi.completion_status", "completed");
    set("cmi.success_status", "passed");
  }
  set(names.exit, is12 ? "" : "normal");
  api[names.commit]("");
  api[names.end]("");
  document.querySelector("#page").textContent = "Finito";
  document.querySelector("#end").hidden = true;
});

show();
