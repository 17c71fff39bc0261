// Content that says everything in its last handlers. `end`: the event in which it completes and
// terminates; `first`: an earlier one in which it commits already; `bytes`: how much suspend data it
// writes each time; `request`: what it asks for as it goes.
const wanted = new URLSearchParams(location.search);
const api = parent.API_1484_11;
const bytes = Number(wanted.get("bytes") ?? 0);

/** Text that does not repeat itself. */
function text(seed) {
  let value = seed;
  let made = "";
  while (made.length < bytes) {
    value = (value * 1103515245 + 12345) % 2147483648;
    made += value.toString(36);
  }
  return made.slice(0, bytes);
}

function save(seed) {
  if (bytes) api.SetValue("cmi.suspend_data", text(seed));
  api.Commit("");
}

api.Initialize("");
if (wanted.has("first")) addEventListener(wanted.get("first"), () => save(1));
addEventListener(wanted.get("end"), () => {
  save(2);
  api.SetValue("cmi.completion_status", "completed");
  api.SetValue("cmi.success_status", "passed");
  api.SetValue("cmi.score.scaled", "0.9");
  if (wanted.has("request")) api.SetValue("adl.nav.request", wanted.get("request"));
  api.Terminate("");
});
document.querySelector("#ready").textContent = "Pronto";
