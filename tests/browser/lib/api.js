// @ts-check
// The public API as an outside program uses it: nothing but the published contract.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { client } from "./server.js";

const here = fileURLToPath(new URL("..", import.meta.url));
let learners = 0;

/**
 * A folder as the zip an author would upload.
 * @param {string} folder from `tests/browser/` @param {(manifest: string) => string} [edit]  of a SCORM manifest
 */
export function pack(folder, edit) {
  const base = path.join(here, folder);
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  for (const entry of fs.readdirSync(base, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    files[path.relative(base, file).split(path.sep).join("/")] = fs.readFileSync(file);
  }
  const manifest = files["imsmanifest.xml"];
  if (edit && manifest) files["imsmanifest.xml"] = new TextEncoder().encode(edit(new TextDecoder().decode(manifest)));
  return zipSync(files);
}

export class Api {
  /** @param {string} url */
  static async connect(url = process.env.PERCORSO_URL ?? "") {
    const answer = await fetch(`${url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: client.id,
        client_secret: client.secret,
      }),
    });
    if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`);
    return new Api(url, (await answer.json()).access_token);
  }

  /** @param {string} url @param {string} token */
  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  /** @param {string} method @param {string} route @param {object | FormData} [body] */
  async call(method, route, body) {
    const json = body && !(body instanceof FormData);
    const answer = await fetch(this.url + route, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(json ? { "content-type": "application/json" } : {}),
      },
      body: json ? JSON.stringify(body) : /** @type {FormData | undefined} */ (body),
    });
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  /** Uploads a folder as a package. @param {string} folder from `tests/browser/` */
  async upload(folder) {
    const form = new FormData();
    form.append("file", new Blob([pack(folder)], { type: "application/zip" }), `${path.basename(folder)}.zip`);
    return this.call("POST", "/api/v1/packages", form);
  }

  /** Uploads a folder as a package of its own, its manifest changed. @param {string} folder @param {(manifest: string) => string} edit */
  async fresh(folder, edit) {
    const form = new FormData();
    form.append("file", new Blob([pack(folder, edit)], { type: "application/zip" }), `${path.basename(folder)}.zip`);
    return this.call("POST", "/api/v1/packages", form);
  }

  /**
   * Uploads a folder as the next version of a package.
   * @param {string} folder from `tests/browser/` @param {string} id @param {(manifest: string) => string} [edit]
   */
  async version(folder, id, edit) {
    const form = new FormData();
    form.append("package_id", id);
    form.append("file", new Blob([pack(folder, edit)], { type: "application/zip" }), `${path.basename(folder)}.zip`);
    return this.call("POST", "/api/v1/packages", form);
  }

  /** A new learner's run through the package in this folder. @param {string} folder */
  async register(folder) {
    const { id } = await this.upload(folder);
    learners += 1;
    const learner = { id: `learner-${process.pid}-${Date.now()}-${learners}`, name: "Rossi, Ada" };
    return (await this.call("POST", "/api/v1/registrations", { package_id: id, learner })).id;
  }

  /** The URL that opens the player. @param {string} registration @param {object} [options] @returns {Promise<string>} */
  async launch(registration, options = {}) {
    const { url } = await this.call("POST", `/api/v1/registrations/${registration}/launch`, options);
    return new URL(url, this.url).href;
  }

  /** @param {string} registration */
  registration(registration) {
    return this.call("GET", `/api/v1/registrations/${registration}`);
  }
}

/** An ISO 8601 duration in seconds. @param {string} duration */
export function seconds(duration) {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(duration);
  if (!match) throw new Error(`no duration: ${duration}`);
  const [, days, hours, minutes, secs] = match.map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + secs;
}
