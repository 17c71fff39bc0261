// @ts-check
// What a learner does on the demo: sign in, open a course with one click, interrupt, come back, resume.
import { expect, test } from "@playwright/test";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { Server } from "../lib/server.js";

test("the demo's learner opens, interrupts and resumes a course from the pages", async ({ page }) => {
  test.setTimeout(120_000);
  const server = await Server.prepare();
  try {
    await server.start(["--demo", "--import", "content-packages"]);
    await expect.poll(() => /learner@demo\.example +(\S+)/.exec(server.log())?.[1]).toBeTruthy();
    const password = /learner@demo\.example +(\S+)/.exec(server.log())?.[1] ?? "";
    await page.goto(server.url);
    await page.locator('input[name="email"]').fill("learner@demo.example");
    await page.locator('input[name="password"]').fill(password);
    await page.locator('input[name="password"]').press("Enter");
    // Six modules, and the next step of the path.
    await expect(page.locator('form[action$="/open"]')).toHaveCount(7);
    await accessible(page);

    // The path: its webinars with their calendar file, its modules, and what comes next.
    await page.getByRole("region", { name: "I miei percorsi" }).getByRole("link").click();
    await expect(page).toHaveURL(new RegExp(`^${server.url}/paths/`));
    await expect(page.locator('form[action$="/open"]')).toHaveCount(6);
    await expect(page.getByRole("listitem").filter({ hasText: "Prossimo passo" })).toHaveCount(1);
    // The first webinar is over: nobody puts it into a calendar. The second is held again, in a year to come.
    const calendars = page.getByRole("link", { name: /Aggiungi al calendario/ });
    await expect(calendars).toHaveCount(0);
    const api = await Api.connect(server.url);
    const again = { title: "Webinar 2. Smart working: le leve del progetto", speaker: "Elena Marchetti", join_url: "https://webinar.example.org/smart-working-1", threshold_minutes: 60 };
    await api.call("PUT", "/api/v1/events/smart-working-webinar-2", { ...again, starts_at: "2199-06-11T08:30:00Z", ends_at: "2199-06-11T10:00:00Z" });
    await page.reload();
    await expect(calendars).toHaveCount(1);
    await expect(page.locator(".step").filter({ hasText: "Webinar 2." })).toContainText("In programma");
    const calendar = await page.request.get(new URL((await calendars.first().getAttribute("href")) ?? "", server.url).href);
    const ics = (await calendar.text()).replaceAll("\r\n ", "");
    expect(ics).toContain("BEGIN:VEVENT");
    expect(ics).toContain("Elena Marchetti");
    expect(ics).toContain("https://webinar.example.org/smart-working-1");

    // What is in a module, with kind, length and state; who speaks when; what is missing, and by which rule.
    await expect(page.locator("main")).toContainText("Il percorso è completo quando");
    const webinar = page.locator(".step").filter({ hasText: "Webinar 1." });
    await expect(webinar).toContainText("08/06/2026, 10:30 (CEST)");
    await expect(webinar).toContainText("Elena Marchetti");
    await expect(webinar.getByRole("list", { name: "Che cosa manca" })).toContainText("non è registrata");
    const first = page.locator(".step").filter({ hasText: "Modulo 1." });
    await expect(first).toContainText("24 min");
    await expect(first.locator(".object")).toHaveCount(4);
    await expect(first.locator(".object").first()).toContainText("Videolezione, 4 min");
    await expect(first.locator(".object").first()).toContainText("Da iniziare");
    await expect(first.locator(".object").first().locator(".kind-icon")).toBeVisible();
    const second = page.locator(".step").filter({ hasText: "Modulo 2." });
    await expect(second.locator(".object").first()).toBeHidden();
    await second.getByText(/attività, 0 completate/).click();
    await expect(second.locator(".object").first()).toBeVisible();
    await accessible(page);
    for (const width of [320, 360]) {
      await page.setViewportSize({ width, height: 640 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    await accessible(page);
    if (process.env.PERCORSO_SHOTS) await page.screenshot({ path: `${process.env.PERCORSO_SHOTS}-phone.png`, fullPage: true });
    await page.setViewportSize({ width: 1280, height: 720 });
    if (process.env.PERCORSO_SHOTS) await page.screenshot({ path: `${process.env.PERCORSO_SHOTS}-wide.png`, fullPage: true });
    await page.goto(`${server.url}/`);
    if (process.env.PERCORSO_SHOTS) await page.screenshot({ path: `${process.env.PERCORSO_SHOTS}-home.png`, fullPage: true });

    // The modules stand in the order of their path.
    const modules = page.locator("main > ul.courses h3");
    expect((await modules.allTextContents()).map((title) => title.slice(0, 8))).toEqual([1, 2, 3, 4, 5, 6].map((number) => `Modulo ${number}`));
    await page.getByRole("button", { name: /Modulo 1/ }).last().click();
    const player = page.locator("[data-player]");
    await expect(player).toHaveAttribute("data-state", "delivering", { timeout: 20_000 });
    expect(new URL(page.url()).origin).toBe(server.playerUrl);
    await page.locator('button[data-nav="suspendAll"]').click();
    await expect(player).toHaveAttribute("data-state", "suspended");

    await page.locator('a[href*="/courses/"]').first().click();
    await expect(page).toHaveURL(new RegExp(`^${server.url}/courses/`));
    // What is missing is named in plain words.
    await expect(page.locator("#why + ul").getByRole("listitem").first()).toHaveText(/^“.+” (è iniziato ma non completato|non è stato ancora aperto)/);
    await expect(page.locator(".activity .kind-icon").first()).toBeVisible();
    await expect(page.locator(".activities")).toContainText("4 min");
    await accessible(page);
    if (process.env.PERCORSO_SHOTS) await page.screenshot({ path: `${process.env.PERCORSO_SHOTS}-course.png`, fullPage: true });
    await page.locator('form[action$="/open"] button').first().click();
    await expect(player).toHaveAttribute("data-state", "delivering", { timeout: 20_000 });
  } finally {
    await server.discard();
  }
});
