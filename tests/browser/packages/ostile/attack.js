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

/** Writes another registration's progress where pages keep what they could not send, in every form they know, and tells its tab to stop. */
window.forge = async (registration) => {
  const open = indexedDB.open("percorso");
  const db = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const all = db.transaction("sessions").objectStore("sessions").getAll();
  const sessions = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
  const victims = sessions.filter((kept) => kept.registration_id === registration);
  let locked = true;
  for (const { session_id } of victims) {
    const entries = [];
    const call = (method, ...args) => entries.push({ number: entries.length + 1, at_ms: Date.now(), event: "call", method, arguments: args });
    // Whatever number comes next, it says: completed.
    for (let i = 0; i < 100; i += 1) {
      call("SetValue", "cmi.completion_status", "completed");
      call("SetValue", "cmi.success_status", "passed");
    }
    const kept = (entry) => ({ line: JSON.stringify({ entry, active_ms: 3_600_000, wall_ms: 3_600_000 }), code: "A".repeat(43) });
    const store = db.transaction("entries", "readwrite").objectStore("entries");
    for (const entry of entries) {
      // Now a line with an invented code, now an entry without one, as pages kept them before.
      store.put(entry.number % 2 ? { session_id, number: entry.number, kept: kept(entry) } : { session_id, number: entry.number, entry });
    }
    await new Promise((resolve) => { store.transaction.oncomplete = resolve; });
    const spilled = [...entries, ...entries.map((entry) => ({ number: entry.number, kept: kept(entry) }))];
    localStorage.setItem(`percorso-journal:${session_id}`, JSON.stringify(spilled));
    const channel = new BroadcastChannel("percorso");
    const opened_at = Date.now() + 60_000;
    for (const code of ["A".repeat(43), undefined, null]) channel.postMessage({ session_id, registration_id: registration, opened_at, code });
    channel.postMessage({ session_id: crypto.randomUUID(), registration_id: registration });
    channel.postMessage({ registration_id: registration });
    await Promise.race([
      new Promise((resolve) => navigator.locks.request(`percorso-${session_id}`, { steal: true }, () => { resolve(); return new Promise(() => {}); })),
      new Promise((resolve) => setTimeout(() => { locked = false; resolve(); }, 2_000)),
    ]);
  }
  return { sessions: victims.length, locked };
};
