// @ts-check
// A Percorso server of the tests' own: free ports, a data folder that goes away afterwards.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** How the tests sign in; made by the server at its first start. */
export const client = { id: "browser-tests", secret: "browser-tests-secret-1" };
export const admin = { email: "admin@prova.example", password: "prova-amministratore-1" };

/** A port that nobody listens on. @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

export class Server {
  /** @param {{ dataDir?: string, port?: number, playerPort?: number }} [given] */
  static async prepare(given = {}) {
    const server = new Server();
    server.dataDir = given.dataDir ?? fs.mkdtempSync(path.join(os.tmpdir(), "percorso-browser-"));
    // The embedded Postgres runs as an unprivileged account: it must be able to pass through.
    fs.chmodSync(server.dataDir, 0o755);
    server.port = given.port ?? (await freePort());
    server.playerPort = given.playerPort ?? (await freePort());
    server.url = `http://localhost:${server.port}`;
    server.playerUrl = `http://127.0.0.1:${server.playerPort}`;
    return server;
  }

  constructor() {
    this.dataDir = "";
    this.port = 0;
    this.playerPort = 0;
    this.url = "";
    this.playerUrl = "";
    /** @type {import("node:child_process").ChildProcess | null} */
    this.process = null;
  }

  /** @param {string[]} [options] @param {Record<string, string>} [settings] */
  async start(options = [], settings = {}) {
    const program = process.env.PERCORSO_BIN ?? path.join(root, "target/debug/percorso");
    const log = fs.openSync(path.join(this.dataDir, "server.log"), "a");
    this.process = spawn(program, ["serve", ...options], {
      cwd: root,
      stdio: ["ignore", log, log],
      env: {
        ...process.env,
        DATABASE_URL: "",
        PERCORSO_DATA_DIR: path.join(this.dataDir, "data"),
        PERCORSO_LISTEN: `127.0.0.1:${this.port}`,
        PERCORSO_PLAYER_LISTEN: `127.0.0.1:${this.playerPort}`,
        PERCORSO_PUBLIC_URL: this.url,
        PERCORSO_PLAYER_URL: this.playerUrl,
        PERCORSO_CLIENT_ID: client.id,
        PERCORSO_CLIENT_SECRET: client.secret,
        PERCORSO_ADMIN_EMAIL: admin.email,
        PERCORSO_ADMIN_PASSWORD: admin.password,
        PERCORSO_WEBHOOK_PRIVATE: "true",
        ...settings,
      },
    });
    fs.closeSync(log);
    await this.ready();
  }

  async ready() {
    const end = Date.now() + 60_000;
    while (Date.now() < end) {
      if (this.process?.exitCode !== null) break;
      const answer = await fetch(`http://127.0.0.1:${this.port}/health/ready`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the server did not get ready:\n${this.log()}`);
  }

  /** What it has written to its log. */
  log() {
    return fs.readFileSync(path.join(this.dataDir, "server.log"), "utf8");
  }

  /** @param {NodeJS.Signals} signal */
  async stop(signal = "SIGTERM") {
    const running = this.process;
    this.process = null;
    if (!running || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    const late = new Promise((resolve) => setTimeout(resolve, 40_000, "late"));
    if ((await Promise.race([gone, late])) === "late") {
      running.kill("SIGKILL");
      throw new Error(`the server did not stop at ${signal}`);
    }
  }

  /** Stops and removes everything. */
  async discard() {
    await this.stop();
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }
}
