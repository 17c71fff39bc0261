// @ts-check
// A launch may ask for a window of the content's own: the API is found by `opener`, a blocked window is
// offered by a button, a closed one is opened again.
import { expect, test } from "@playwright/test";
import { Api } from "../lib/api.js";
import { Player, Reading } from "../lib/player.js";

/** @param {Api} api @param {string} registration @param {object} [more] */
const launched = (api, registration, more = {}) => api.launch(registration, { launch_method: "own_window", ...more });

/** The content in its window, as the helpers for the frame read it. @param {import("@playwright/test").Page} page @param {import("@playwright/test").Page} popup */
function readingIn(page, popup) {
  const player = new Player(page);
  return new Reading(/** @type {any} */ ({ content: popup, root: player.root }));
}

for (const standard of ["scorm12", "scorm2004"]) {
  test(`${standard}: content in its own window finds the API and completes`, async ({ page }) => {
    const api = await Api.connect();
    const registration = await api.register(`packages/lettura-${standard}`);
    const opened = page.waitForEvent("popup");
    const player = await Player.open(page, await launched(api, registration));
    const popup = await opened;
    expect(await popup.evaluate(() => window.name)).toBe("content");
    await expect(page.getByRole("heading", { name: "Il contenuto è aperto in un’altra finestra" })).toBeVisible();
    await expect(page.locator('iframe[name="content"]')).toHaveCount(0);

    const reading = readingIn(page, popup);
    await reading.readTo(3);
    await player.saved();
    await reading.finish();
    await player.saved();
    expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed", score: { scaled: 0.8 } });
    const gone = popup.waitForEvent("close");
    await player.button("exitAll").or(player.button("suspendAll")).first().click();
    await gone;
    await expect(player.root).toHaveAttribute("data-state", /ended|suspended/);
  });
}

test("a window that the browser blocks is offered by a button", async ({ page }) => {
  await page.addInitScript(() => {
    const open = window.open.bind(window);
    // As browsers do, though not when driven: no window without the learner's own click.
    let clicked = false;
    addEventListener("click", () => { clicked = true; }, { capture: true });
    window.open = (...args) => (clicked ? open(...args) : null);
  });
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  await page.goto(await launched(api, registration));
  const player = new Player(page);
  await player.is("waiting");
  await expect(page.getByRole("heading", { name: "Il browser ha bloccato la finestra del contenuto" })).toBeFocused();
  const opened = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Apri il contenuto" }).click();
  const reading = readingIn(page, await opened);
  await player.is("delivering");
  await expect(page.getByRole("heading", { name: "Il contenuto è aperto in un’altra finestra" })).toBeVisible();
  await reading.finish();
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "completed" });
});

test("a window closed by hand leaves the page waiting, and opens again where it was", async ({ page }) => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const opened = page.waitForEvent("popup");
  const player = await Player.open(page, await launched(api, registration));
  const popup = await opened;
  await readingIn(page, popup).readTo(3);
  await popup.close({ runBeforeUnload: true });
  await player.is("waiting");
  await expect(page.getByRole("heading", { name: "La finestra del contenuto è stata chiusa" })).toBeVisible();
  await player.saved();

  const again = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Apri il contenuto" }).click();
  const reading = readingIn(page, await again);
  await player.is("delivering");
  await reading.isAt(3);
  expect(await reading.found()).toMatchObject({ entry: "resume", visited: ["pagina-1", "pagina-2"] });
  await reading.finish();
  await player.saved();
  expect(await api.registration(registration)).toMatchObject({ completion: "completed", success: "passed" });
});

test("a launch answers its method, and refuses others", async () => {
  const api = await Api.connect();
  const registration = await api.register("packages/lettura-scorm2004");
  const route = `/api/v1/registrations/${registration}/launch`;
  expect(await api.call("POST", route, {})).toMatchObject({ launch_method: "any_window" });
  expect(await api.call("POST", route, { launch_method: "own_window" })).toMatchObject({ launch_method: "own_window" });
  await expect(api.call("POST", route, { launch_method: "popup" })).rejects.toThrow(/422.*any_window or own_window/s);
});
