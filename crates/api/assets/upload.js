// @ts-check
// Uploads that go on after an interruption (tus 1.0), with the progress shown. Without this script the
// same form sends the file in one piece.

const VERSION = "1.0.0";
const PIECE_BYTES = 8 * 1024 * 1024;
const PAUSES_MS = [500, 1000, 3000, 5000, 10_000, 20_000];

/** An answer that trying again does not change. */
class Refused extends Error {}

/** One file on its way. */
class Sending {
  /** @param {File} file @param {string} packageId @param {(sent: number) => void} progress @param {() => void} waiting */
  constructor(file, packageId, progress, waiting) {
    this.file = file;
    this.packageId = packageId;
    this.progress = progress;
    this.waiting = waiting;
    this.key = `percorso-upload:${file.name}:${file.size}:${file.lastModified}:${packageId}`;
    this.paused = false;
    this.url = "";
    /** @type {XMLHttpRequest | null} */
    this.request = null;
  }

  /** Sends what is missing; resolves to true when everything has arrived, to false when it was paused. */
  async run() {
    this.paused = false;
    let tries = 0;
    let offset = -1;
    for (;;) {
      try {
        if (offset < 0) offset = await this.stand();
        this.progress(offset);
        while (offset < this.file.size) {
          offset = await this.piece(offset);
          tries = 0;
        }
        forget(this.key);
        return true;
      } catch (error) {
        if (this.paused) return false;
        if (error instanceof Refused) {
          forget(this.key);
          throw error;
        }
        offset = -1;
        this.waiting();
        await rest(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
        tries += 1;
        if (this.paused) return false;
      }
    }
  }

  /** Stops for now; what has arrived stays for a day. */
  pause() {
    this.paused = true;
    this.request?.abort();
  }

  /** Gives it up. */
  async cancel() {
    this.pause();
    forget(this.key);
    if (this.url) await fetch(this.url, { method: "DELETE", headers: { "Tus-Resumable": VERSION } }).catch(() => {});
  }

  /** How much the server has; begins the upload when it knows nothing of it. */
  async stand() {
    this.url ||= recall(this.key);
    if (this.url) {
      const answer = await fetch(this.url, { method: "HEAD", headers: { "Tus-Resumable": VERSION } });
      if (answer.ok) return Number(answer.headers.get("Upload-Offset"));
      if (answer.status !== 404) refuse(answer.status, "");
      this.url = "";
    }
    const pairs = [["filename", this.file.name], ...(this.packageId ? [["package_id", this.packageId]] : [])];
    const answer = await fetch("/api/v1/uploads", {
      method: "POST",
      headers: {
        "Tus-Resumable": VERSION,
        "Upload-Length": String(this.file.size),
        "Upload-Metadata": pairs.map(([key, value]) => `${key} ${base64(value)}`).join(","),
      },
    });
    if (!answer.ok) refuse(answer.status, await answer.text());
    this.url = answer.headers.get("Location") ?? "";
    remember(this.key, this.url);
    return 0;
  }

  /** Sends the next piece; resolves to where the upload stands then. @param {number} offset @returns {Promise<number>} */
  piece(offset) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("PATCH", this.url);
      request.setRequestHeader("Tus-Resumable", VERSION);
      request.setRequestHeader("Upload-Offset", String(offset));
      request.setRequestHeader("Content-Type", "application/offset+octet-stream");
      request.upload.onprogress = ({ loaded }) => this.progress(offset + loaded);
      request.onload = () => {
        if (request.status === 204) return resolve(Number(request.getResponseHeader("Upload-Offset")));
        try {
          refuse(request.status, request.responseText);
        } catch (error) {
          reject(error);
        }
      };
      request.onerror = request.onabort = () => reject(new Error("cut off"));
      request.send(this.file.slice(offset, offset + PIECE_BYTES));
    });
  }
}

/** What goes away by itself is tried again; the rest is for the person. @param {number} status @param {string} body */
function refuse(status, body) {
  if ([404, 409, 429].includes(status) || status >= 500) throw new Error(String(status));
  let detail = String(status);
  try {
    detail = JSON.parse(body).detail;
  } catch {
    // no problem document: the number has to do
  }
  throw new Refused(detail);
}

/** Waits, or less when the browser comes back online. @param {number} ms @returns {Promise<void>} */
function rest(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done, { once: true });
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
  });
}

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** @param {string} key */
function recall(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} url */
function remember(key, url) {
  try {
    localStorage.setItem(key, url);
  } catch {
    // a private window: the upload goes on within this page only
  }
}

/** @param {string} key */
function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // nothing was kept
  }
}

/** @template {Element} T @param {Element} root @param {string} selector @param {{ new (): T }} type */
function part(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Gives a form its script. @param {HTMLFormElement} form */
function enhance(form) {
  const input = part(form, 'input[type="file"]', HTMLInputElement);
  const submit = part(form, 'button[type="submit"]', HTMLButtonElement);
  const panel = part(form, "[data-progress]", HTMLElement);
  const bar = part(form, "progress", HTMLProgressElement);
  const amount = part(form, "[data-amount]", HTMLElement);
  const status = part(form, "[data-status]", HTMLElement);
  const pause = part(form, "[data-pause-button]", HTMLButtonElement);
  const cancel = part(form, "[data-cancel-button]", HTMLButtonElement);
  const words = form.dataset;
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  /** @type {Sending | null} */
  let sending = null;

  /** @param {number} sent @param {number} size */
  const show = (sent, size) => {
    bar.value = size ? (sent * 100) / size : 0;
    amount.textContent = `${number.format(sent / 1e6)} / ${number.format(size / 1e6)} MB (${Math.floor(bar.value)} %)`;
    say(words.sending);
  };
  /** @param {string | undefined} text */
  const say = (text) => {
    if (text && status.textContent !== text) status.textContent = text;
  };
  /** @param {boolean} busy */
  const occupy = (busy) => {
    submit.disabled = input.disabled = busy;
    panel.hidden = !busy;
  };

  const go = async () => {
    if (!sending) return;
    const { file } = sending;
    pause.textContent = words.pause ?? "";
    say(words.sending);
    try {
      if (await sending.run()) {
        pause.hidden = cancel.hidden = true;
        show(file.size, file.size);
        say(words.checking);
        finish(sending.url);
      }
    } catch (error) {
      bar.value = 0;
      say(`${words.failed}: ${error instanceof Error ? error.message : error}`);
      sending = null;
      submit.disabled = input.disabled = false;
      pause.hidden = true;
      cancel.hidden = true;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = input.files?.[0];
    if (!file || (sending && submit.disabled)) return;
    const packageId = new FormData(form).get("package_id");
    sending = new Sending(file, typeof packageId === "string" ? packageId : "", (sent) => show(sent, file.size), () => say(words.waiting));
    pause.hidden = cancel.hidden = false;
    occupy(true);
    pause.focus();
    void go();
  });
  pause.addEventListener("click", () => {
    if (!sending) return;
    if (sending.paused) {
      void go();
    } else {
      sending.pause();
      pause.textContent = words.resume ?? "";
      say(words.paused);
    }
  });
  cancel.addEventListener("click", async () => {
    await sending?.cancel();
    sending = null;
    form.reset();
    occupy(false);
    input.focus();
  });
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("is-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer?.files.length || input.disabled) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

/** The server looks at the whole file, and answers with the package's page or with what is wrong. @param {string} url */
function finish(url) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = `/packages/uploads/${url.split("/").pop()}`;
  document.body.append(form);
  form.submit();
}

document.querySelectorAll("form[data-upload]").forEach((form) => {
  if (form instanceof HTMLFormElement) enhance(form);
});
