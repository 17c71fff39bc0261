// @ts-check
// An assignable unit by the book, as small as it can be: fetch, launch data, preferences,
// initialized; then what its buttons say; then terminated and back to where it came from.

const query = new URLSearchParams(location.search);
const [endpoint, actor, registration, activityId] = ["endpoint", "actor", "registration", "activityId"].map((name) => query.get(name) ?? "");
const status = /** @type {HTMLElement} */ (document.getElementById("stato"));
const BASE = "https://w3id.org/xapi/cmi5/context";

const { "auth-token": token } = await (await fetch(query.get("fetch") ?? "", { method: "POST" })).json();

/** @param {string} resource @param {Record<string, string>} parameters @param {object} [body] */
function ask(resource, parameters, body) {
  return fetch(`${endpoint}/${resource}?${new URLSearchParams(parameters)}`, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Basic ${token}`, "x-experience-api-version": "1.0.3", ...(body ? { "content-type": "application/json" } : {}) },
    body: body && JSON.stringify(body),
    keepalive: true,
  });
}

const data = await (await ask("activities/state", { stateId: "LMS.LaunchData", agent: actor, registration, activityId })).json();
await ask("agents/profile", { profileId: "cmi5LearnerPreferences", agent: actor });

/** @param {string} verb @param {object} [result] */
async function state(verb, result) {
  const context = structuredClone(data.contextTemplate);
  context.registration = registration;
  context.contextActivities.category = [{ id: `${BASE}/categories/cmi5` }];
  if (result && ("success" in result || "completion" in result)) context.contextActivities.category.push({ id: `${BASE}/categories/moveon` });
  if (data.masteryScore !== undefined) context.extensions[`${BASE}/extensions/masteryscore`] = data.masteryScore;
  const answer = await ask("statements", {}, {
    id: "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(digit) / 4)))).toString(16)),
    timestamp: new Date().toISOString(),
    actor: JSON.parse(actor),
    verb: { id: `http://adlnet.gov/expapi/verbs/${verb}` },
    object: { id: activityId },
    context,
    ...(result ? { result } : {}),
  });
  const problem = answer.ok ? null : await answer.json();
  status.textContent = problem ? `rifiutato: ${problem.requirement}` : verb;
}

const duration = "PT1M";
/** @type {Record<string, object>} */
const RESULTS = {
  completed: { completion: true, duration },
  passed: { success: true, duration, score: { scaled: 0.9 } },
  failed: { success: false, duration, score: { scaled: 0.3 } },
};
/** @type {HTMLElement} */ (document.getElementById("nome")).textContent = `${query.get("nome")} (${data.launchMode})`;
for (const button of document.querySelectorAll("[data-verbo]")) {
  const verb = /** @type {HTMLElement} */ (button).dataset.verbo ?? "";
  button.addEventListener("click", () => void state(verb, RESULTS[verb]));
}
document.getElementById("esci")?.addEventListener("click", async () => {
  await state("terminated", { duration });
  location.href = data.returnURL;
});
await state("initialized");
