// @ts-check
// The content runtime as a cmi5 AU, against an LRS of a few lines: the token, the launch data, the
// order of statements, what is kept for the next visit, the way back.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";

const MODULE = fileURLToPath(new URL("../../../content-packages/modulo-6-progetto", import.meta.url));
const ORIGIN = "http://corso.example";
const SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid";

/**
 * An LRS that remembers, and takes nothing after Terminated; `visit` opens a page as a launch would.
 * @param {import("@playwright/test").Page} page
 * @param {(verbs: string[]) => Promise<"take" | "lose">} [meets] what happens to a batch on its way
 */
async function lrs(page, meets = async () => "take") {
  /** @type {any[]} */
  const statements = [];
  /** @type {Map<string, string>} */
  const states = new Map();
  let tokens = 0;
  let over = false;
  await page.route(`${ORIGIN}/**`, async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    const at = url.pathname;
    const body = request.postData() ?? "";
    if (at === "/fetch") {
      over = false;
      return route.fulfill({ json: { "auth-token": `token-${(tokens += 1)}` } });
    }
    if (at === "/ritorno") return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Corso</title>" });
    if (!at.startsWith("/xapi/")) {
      const file = path.join(MODULE, at);
      return fs.existsSync(file) ? route.fulfill({ path: file }) : route.fulfill({ status: 404, body: "" });
    }
    expect(request.headers()).toMatchObject({ authorization: `Basic token-${tokens}`, "x-experience-api-version": "1.0.3" });
    if (at === "/xapi/statements" && request.method() === "GET") {
      const verb = url.searchParams.get("verb");
      return route.fulfill({ json: { statements: statements.filter((statement) => statement.verb.id === verb), more: "" } });
    }
    if (at === "/xapi/statements") {
      /** @type {any[]} */
      const batch = JSON.parse(body);
      if ((await meets(batch.map((statement) => statement.verb.display.en))) === "lose") return route.abort().catch(() => {});
      if (over) return route.fulfill({ status: 403, body: "" }).catch(() => {});
      for (const statement of batch) if (!statements.some(({ id }) => id === statement.id)) statements.push(statement);
      over = batch.some((statement) => statement.verb.display.en === "terminated");
      return route.fulfill({ json: batch.map((statement) => statement.id) }).catch(() => {});
    }
    if (at === "/xapi/agents/profile") return route.fulfill({ status: 404, body: "" });
    const stateId = url.searchParams.get("stateId") ?? "";
    if (stateId === "LMS.LaunchData") {
      return route.fulfill({
        json: {
          contextTemplate: { extensions: { [SESSION]: "s-1" }, contextActivities: { grouping: [{ id: "https://percorso.example/corsi/smart-working/modulo-6" }] } },
          launchMode: "Normal",
          masteryScore: 0.6,
          moveOn: "Passed",
          returnURL: `${ORIGIN}/ritorno`,
        },
      });
    }
    if (request.method() === "PUT") {
      states.set(stateId, body);
      return route.fulfill({ status: 204, body: "" });
    }
    const kept = states.get(stateId);
    return kept ? route.fulfill({ contentType: "application/json", body: kept }) : route.fulfill({ status: 404, body: "" });
  });
  const launch = new URLSearchParams({
    endpoint: `${ORIGIN}/xapi`,
    fetch: `${ORIGIN}/fetch`,
    actor: JSON.stringify({ objectType: "Agent", account: { homePage: "https://comune.example", name: "ada" } }),
    registration: "8d4f2c6e-6d55-4a6c-9f6e-0d6f2d0f6a01",
    activityId: "https://percorso.example/au/test-6",
  });
  const verbs = () => statements.map((statement) => statement.verb.display.en);
  return {
    statements,
    verbs,
    visit: async (/** @type {string} */ name) => {
      await page.goto(`${ORIGIN}/${name}?${launch}`);
      await expect(page.locator("html[data-ready]")).toHaveCount(1);
      await expect.poll(verbs).toContain("initialized");
    },
  };
}

/** @param {import("@playwright/test").Page} page @param {boolean} right */
async function answerAll(page, right) {
  const questions = page.locator("fieldset[data-question]:not([hidden])");
  for (let i = 0; i < (await questions.count()); i += 1) {
    const correct = await questions.nth(i).getAttribute("data-correct");
    await questions.nth(i).locator(`input[value="${right ? correct : correct === "a" ? "b" : "a"}"]`).check();
  }
  await page.locator("form button[type=submit]").click();
}

test("a test as a cmi5 AU: failed, taken again, passed; each statement in its place", async ({ page }) => {
  const { statements, verbs, visit } = await lrs(page);
  /** Back to the course, and what this visit stated but for answers. @param {number} from */
  const leave = async (from) => {
    await page.getByRole("button", { name: "Torna al corso" }).click();
    await page.waitForURL(`${ORIGIN}/ritorno`);
    return verbs().slice(from).filter((verb) => verb !== "answered");
  };
  await visit("test.html");
  await answerAll(page, false);
  await page.getByRole("button", { name: "Ripeti il test" }).click();
  await answerAll(page, false);
  expect(await leave(0), "one judgement a session").toEqual(["initialized", "completed", "failed", "terminated"]);

  let before = statements.length;
  await visit("test.html");
  await page.getByRole("button", { name: "Ripeti il test" }).click();
  await answerAll(page, true);
  await expect.poll(verbs).toContain("passed");
  expect(await leave(before)).toEqual(["initialized", "passed", "terminated"]);
  expect(verbs().filter((verb) => verb === "answered")).toHaveLength(18);
  for (const statement of statements) {
    expect(statement.context.registration).toBe("8d4f2c6e-6d55-4a6c-9f6e-0d6f2d0f6a01");
    expect(statement.context.extensions[SESSION]).toBe("s-1");
    const cmi5 = JSON.stringify(statement.context.contextActivities.category ?? []).includes("categories/cmi5");
    expect(cmi5, statement.verb.display.en).toBe(statement.verb.display.en !== "answered");
  }
  const passed = statements.find((statement) => statement.verb.display.en === "passed");
  expect(passed.result).toMatchObject({ success: true, score: { scaled: 1 } });
  expect(passed.context.extensions["https://w3id.org/xapi/cmi5/context/extensions/masteryscore"]).toBe(0.6);
  const answered = statements.find((statement) => statement.verb.display.en === "answered");
  expect(answered.object.definition).toMatchObject({ interactionType: "choice", choices: [{ id: "a" }, { id: "b" }, { id: "c" }] });
  expect(answered.result.duration).toMatch(/^PT[\d.]+S$/);

  // Another visit finds it passed, and says neither Completed nor Passed again.
  before = statements.length;
  await visit("test.html");
  await expect(page.locator("[data-result]")).toContainText("Test superato");
  expect(await leave(before)).toEqual(["initialized", "terminated"]);
});

test("a lesson as a cmi5 AU keeps the learner's worksheet and place", async ({ page }) => {
  const { verbs, visit } = await lrs(page);
  await visit("1-progettare.html");
  await page.locator('textarea[data-note="bisogno"]').fill("Tempi dello sportello");
  await page.locator('textarea[data-note="mappa"]').focus();
  await page.getByRole("button", { name: "Torna al corso" }).click();
  await page.waitForURL(`${ORIGIN}/ritorno`);
  expect(verbs()).toEqual(["initialized", "terminated"]);
  await visit("1-progettare.html");
  await expect(page.locator('textarea[data-note="bisogno"]')).toHaveValue("Tempi dello sportello");
});

test("what is on its way as the page is left is not overtaken by Terminated", async ({ page }) => {
  const { statements, verbs, visit } = await lrs(page, async (batch) => {
    if (batch.includes("completed") && !batch.includes("terminated")) await new Promise((resolve) => setTimeout(resolve, 1500));
    return "take";
  });
  await visit("test.html");
  await answerAll(page, true);
  await page.getByRole("button", { name: "Torna al corso" }).click();
  await page.waitForURL(`${ORIGIN}/ritorno`);
  await page.waitForTimeout(2000);
  expect(verbs().filter((verb) => verb !== "answered")).toEqual(["initialized", "completed", "passed", "terminated"]);
  expect(statements.filter((statement) => statement.verb.display.en === "answered")).toHaveLength(6);
});

test("what was said and never stored is said again at the next visit", async ({ page }) => {
  let losing = true;
  const { verbs, visit } = await lrs(page, async (batch) => (losing && !batch.includes("initialized") ? "lose" : "take"));
  await visit("test.html");
  await answerAll(page, true);
  await expect(page.locator("[data-result]")).toContainText("Test superato");
  await page.getByRole("button", { name: "Torna al corso" }).click();
  await page.waitForURL(`${ORIGIN}/ritorno`);
  expect(verbs()).toEqual(["initialized"]);

  losing = false;
  await visit("test.html");
  await expect.poll(verbs).toContain("passed");
  await page.getByRole("button", { name: "Torna al corso" }).click();
  await page.waitForURL(`${ORIGIN}/ritorno`);
  expect(verbs()).toEqual(["initialized", "initialized", "completed", "passed", "terminated"]);
});
