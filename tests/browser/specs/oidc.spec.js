// @ts-check
// Signing in through a real OpenID Connect provider (npm's oidc-provider, run here): in, linked, mapped to
// roles and bodies, refused in words, and out again at both.
import http from "node:http";
import { expect, test } from "@playwright/test";
import Provider from "oidc-provider";
import { accessible } from "../lib/accessible.js";
import { Api } from "../lib/api.js";
import { signIn } from "../lib/pages.js";
import { Server, admin } from "../lib/server.js";

/** What the provider knows of its people. @type {Record<string, object>} */
const people = {
  anna: { email: "anna@comune.example", email_verified: true, name: "Anna Bianchi", ruoli: ["docenti"], ente: "c-uno" },
  capo: { email: admin.email.toUpperCase(), email_verified: true, name: "Il capo", ruoli: ["formazione-admin"] },
  bruno: { email: "bruno@comune.example", email_verified: false, name: "Bruno", ruoli: ["docenti"] },
  carla: { name: "Carla", ruoli: ["docenti"] },
  dario: { email: "dario@comune.example", email_verified: true, name: "Dario", ruoli: ["altro"] },
};

/** @type {Server} */
let server;
/** @type {http.Server} */
let provider;

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  server = await Server.prepare();
  provider = http.createServer();
  await new Promise((resolve) => provider.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (provider.address());
  const issuer = `http://localhost:${port}`;
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: "percorso",
        client_secret: "segreto-del-client",
        redirect_uris: [`${server.url}/login/oidc/callback`],
        post_logout_redirect_uris: [`${server.url}/login`],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], ruoli: ["ruoli", "ente"] },
    scopes: ["openid", "email", "profile", "ruoli"],
    findAccount: (/** @type {unknown} */ _, /** @type {string} */ id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    pkce: { required: () => true },
    cookies: { keys: ["chiave-di-prova"] },
  });
  provider.on("request", oidc.callback());
  await server.start([], {
    PERCORSO_OIDC_ISSUER: issuer,
    PERCORSO_OIDC_CLIENT_ID: "percorso",
    PERCORSO_OIDC_CLIENT_SECRET: "segreto-del-client",
    PERCORSO_OIDC_NAME: "Identità di prova",
    PERCORSO_OIDC_SCOPES: "openid email profile ruoli",
    PERCORSO_OIDC_ROLE_CLAIM: "ruoli",
    PERCORSO_OIDC_ROLES: "formazione-admin=admin, docenti=author",
    PERCORSO_OIDC_DEFAULT_ROLE: "none",
    PERCORSO_OIDC_BODY_CLAIM: "ente",
  });
});

test.afterAll(async () => {
  provider?.closeAllConnections();
  provider?.close();
  await server?.discard();
});

/** Goes through the provider as this person, from a page that asks for a sign-in. @param {import("@playwright/test").Page} page @param {string} who */
async function enter(page, who, from = "/login") {
  await page.goto(server.url + from);
  await page.getByRole("link", { name: "Accedi con Identità di prova" }).click();
  await page.locator('input[name="login"]').fill(who);
  await page.locator('input[name="password"]').fill("qualsiasi");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`${server.url}/**`);
}

test("a person comes in with the role and body of the claims, and goes out at both", async ({ page, browser }) => {
  const api = await Api.connect(server.url);
  await api.call("PUT", "/api/v1/bodies/c-uno", { name: "Comune Uno", kind: "comune" });
  await page.goto(`${server.url}/login`);
  await accessible(page);
  await enter(page, "anna", "/packages/00000000-0000-0000-0000-000000000000");
  await expect(page.getByRole("heading", { level: 1, name: "Pagina non trovata" })).toBeVisible();
  expect(page.url()).toContain("/packages/0000");
  await page.goto(server.url);
  await expect(page.locator(".person")).toHaveText("Anna Bianchi");
  await expect(page.getByRole("heading", { level: 1, name: "Pacchetti pubblicati" })).toBeVisible();
  const cookies = await page.context().cookies();
  expect(cookies.map((cookie) => cookie.name)).not.toContain("percorso_oidc");

  const context = await browser.newContext({ locale: "it-IT" });
  const office = await context.newPage();
  await signIn(office, server.url);
  await office.goto(`${server.url}/admin/users?q=anna@comune`);
  await expect(office.locator(".course")).toContainText("Autore");
  await expect(office.locator(".course")).toContainText("Comune Uno");
  await context.close();

  await page.getByRole("button", { name: "Esci" }).click();
  await page.getByRole("button", { name: /Yes, sign me out/ }).click();
  await expect(page).toHaveURL(`${server.url}/login`);
  await page.getByRole("link", { name: "Accedi con Identità di prova" }).click();
  await expect(page.locator('input[name="login"]')).toBeVisible();
});

test("whoever has an account by a verified address comes in with that one", async ({ page }) => {
  await enter(page, "capo");
  await expect(page.locator(".person")).toHaveText("Amministratore");
  await page.goto(`${server.url}/admin/audit?act=account.linked`);
  await expect(page.locator(".log li").first()).toContainText("Amministratore");
});

for (const [who, words] of [
  ["bruno", "non risulta verificato"],
  ["carla", "non ci ha dato il tuo indirizzo"],
  ["dario", "non prevede l’accesso"],
]) {
  test(`${who} is told in words why not`, async ({ page }) => {
    await enter(page, who);
    await expect(page.getByRole("alert")).toContainText(words);
    await accessible(page);
    expect((await page.goto(`${server.url}/`))?.url()).toContain("/login");
  });
}

test("a disabled account stays outside; cancelling and a foreign answer are said", async ({ page, browser }) => {
  const context = await browser.newContext({ locale: "it-IT" });
  const office = await context.newPage();
  await signIn(office, server.url);
  await office.goto(`${server.url}/admin/users?q=anna@comune`);
  await office.getByRole("link", { name: "Anna Bianchi" }).click();
  await office.getByRole("button", { name: "Disattiva l’utente" }).click();
  await enter(page, "anna");
  await expect(page.getByRole("alert")).toContainText("Il tuo utente è disattivato");
  await office.goto(`${server.url}/admin/audit?act=account.sign_in_failed`);
  await expect(office.locator(".log li").first()).toContainText("Anna Bianchi");

  const other = await context.newPage();
  await other.goto(`${server.url}/login/oidc/callback?state=altrui&code=rubato`);
  await expect(other.getByRole("alert")).toContainText("cominciato in un altro browser");
  await context.clearCookies();
  await other.goto(`${server.url}/login`);
  await other.getByRole("link", { name: "Accedi con Identità di prova" }).click();
  await other.getByRole("link", { name: /Cancel/ }).click();
  await expect(other.getByRole("alert")).toContainText("annullato");
  await context.close();
});
