// @ts-check
// The record store as another program reads it.

const VIDEO = "https://w3id.org/xapi/video";

/** An extension of the video profile. @param {string} name */
export const ext = (name) => `${VIDEO}/extensions/${name}`;

/** Statements that a query finds, the oldest first. @param {import("./api.js").Api} api @param {Record<string, string>} query @returns {Promise<any[]>} */
export async function statements(api, query) {
  const search = new URLSearchParams({ ...query, ascending: "true", limit: "500" });
  const answer = await fetch(`${api.url}/xapi/statements?${search}`, {
    headers: { authorization: `Bearer ${api.token}`, "x-experience-api-version": "1.0.3" },
  });
  if (!answer.ok) throw new Error(`statements: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).statements;
}

/** What the video profile says of a registration, by the profile's own category. @param {import("./api.js").Api} api @param {string} registration */
export async function ofVideos(api, registration) {
  return statements(api, { registration, activity: VIDEO, related_activities: "true" });
}

/** @param {any} statement */
export const verb = (statement) => statement.verb.id.split("/").pop();
