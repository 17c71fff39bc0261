// @ts-check
// How the browser tests run: Debian's Chromium, two at a time, against one server of their own.
import { execSync } from "node:child_process";
import { defineConfig } from "@playwright/test";

const chromium =
  process.env.CHROMIUM ??
  execSync("command -v chromium || command -v chromium-browser || command -v google-chrome").toString().trim();

export default defineConfig({
  testDir: "specs",
  outputDir: "results",
  globalSetup: "./lib/global-setup.js",
  workers: 2,
  fullyParallel: true,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ["./lib/closing-line.js"]],
  use: {
    locale: "it-IT",
    actionTimeout: 15_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox", // the tests may run as root
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
