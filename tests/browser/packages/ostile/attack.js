// What content of ill will would try, given the app's address and a stranger's registration
// (`?app=…&registration=…` is appended by the test through the hash). Each line of the report says
// what came of it.
const report = {};

/** The status a request got, or "blocked". */
async function attempt(name, url, options) {
  try {
    const answer = await fetch(url, options);
    report[name] = { status: answer.status, body: (await answer.text()).slice(0, 200) };
  } catch {
    report[name] = { status: "blocked" };
  }
}

window.attack = async ({ app, registration, session }) => {
  const json = { "content-type": "application/json" };
  report.cookies = document.cookie;
  report.apiAnswers = parent.API_1484_11?.Initialize("") ?? "none";
  await attempt("list with cookies", `${app}/api/v1/registrations`, { credentials: "include" });
  await attempt("read with cookies", `${app}/api/v1/registrations/${registration}`, { credentials: "include" });
  await attempt("launch with cookies", `${app}/api/v1/registrations/${registration}/launch`, {
    method: "POST", credentials: "include", headers: json, body: "{}",
  });
  await attempt("page with cookies", `${app}/`, { credentials: "include" });
  await attempt("own origin's api", "/api/v1/registrations", { credentials: "include" });
  await attempt("other session's journal", "/play/api/journal", {
    method: "POST", headers: json, body: JSON.stringify({ session_id: session, entries: [], active_ms: 0, wall_ms: 0 }),
  });
  await attempt("forged token", "/play/api/resume", {
    method: "POST", headers: { authorization: "Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJwbGF5ZXIifQ." },
  });
  await attempt("above the package", "../../../../etc/passwd");
  await attempt("above the package, encoded", "..%2f..%2f..%2fCargo.toml");
  await attempt("another package's path", "/content/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/imsmanifest.xml");
  document.querySelector("#report").textContent = JSON.stringify(report);
};
