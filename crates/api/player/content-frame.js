// @ts-check
//! Where content is shown: a frame of the page, or a window of its own. Puts it there and takes it
//! out again, giving its own `beforeunload`, `pagehide` and `unload` handlers their moment.

/** How long content may hold up its own unloading before the frame is removed under it. */
const UNLOAD_MS = 2_500;
const WATCH_MS = 500;

/** What content is granted: its last handlers (`unload`), and what courses use. */
const ALLOW = "unload; autoplay; fullscreen; picture-in-picture; encrypted-media; clipboard-write; gyroscope; accelerometer; microphone; camera; geolocation";

/** The URL of a file of the package. @param {string} base @param {string} path @param {string} suffix */
export function contentUrl(base, path, suffix) {
  if (/^https?:\/\//i.test(path)) return path + suffix;
  return base + path.split("/").map(encodeURIComponent).join("/") + suffix;
}

export class ContentFrame {
  /** @type {HTMLIFrameElement} */
  #frame;
  /** @type {Window|null} */
  #window = null;
  #loaded = false;
  #watching = 0;

  /**
   * @param {HTMLElement} stage
   * @param {{ownWindow: boolean, title: () => string, onLoad: () => void, onBlocked: (open: () => void) => void, onUnreachable: (again: () => void) => void, onClosed: () => void}} options
   */
  constructor(stage, options) {
    this.options = options;
    this.#frame = this.#make("about:blank");
    this.#frame.hidden = true;
    stage.append(this.#frame);
  }

  /** The content's window, when there is content. */
  get window() {
    if (!this.#loaded) return null;
    return this.options.ownWindow ? this.#window : this.#frame.contentWindow;
  }

  /** Whether the content has gone to a page of ours. @param {string} path */
  isAt(path) {
    try {
      return this.window?.location.pathname === path;
    } catch {
      return false; // Content from another origin.
    }
  }

  /** @param {string} url */
  #make(url) {
    const frame = document.createElement("iframe");
    frame.name = "content";
    frame.allow = ALLOW;
    frame.title = this.options.title();
    frame.src = url;
    return frame;
  }

  /** Puts content in. @param {string} url */
  show(url) {
    this.#loaded = true;
    if (this.options.ownWindow) {
      this.#openWindow(url);
      return;
    }
    // A new element for each activity: nothing of the last one stays, and no history entry is made.
    const frame = this.#make(url);
    frame.addEventListener("load", () => {
      this.options.onLoad();
      void this.#look(frame, url);
    });
    this.#frame.replaceWith(frame);
    this.#frame = frame;
  }

  /**
   * A browser shows a page of its own where nothing could be fetched: it is hidden, and content is asked for
   * again when somebody says so. @param {HTMLIFrameElement} frame @param {string} url
   */
  async #look(frame, url) {
    if (new URL(url, location.href).origin !== location.origin) return;
    try {
      if (frame.contentWindow?.location.href) return;
    } catch {
      // Neither ours nor the content's: the browser's own, or a page of elsewhere that the content went to.
    }
    const answer = await fetch(url, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (answer || frame !== this.#frame) return;
    frame.hidden = true;
    this.options.onUnreachable(() => {
      if (frame === this.#frame) this.show(url);
    });
  }

  /** @param {string} url */
  #openWindow(url) {
    // The empty frame gives its name to the window: else the content would open in it.
    this.#frame.removeAttribute("name");
    if (this.#frame.contentWindow) this.#frame.contentWindow.name = "";
    this.#window = window.open(url, "content", `popup,width=${Math.min(screen.availWidth, 1280)},height=${Math.min(screen.availHeight, 900)}`);
    if (!this.#window) {
      this.options.onBlocked(() => this.#openWindow(url));
      return;
    }
    clearInterval(this.#watching);
    this.#watching = setInterval(() => {
      if (!this.#window?.closed) return;
      clearInterval(this.#watching);
      this.#window = null;
      if (this.#loaded) this.options.onClosed();
    }, WATCH_MS);
    this.options.onLoad();
  }

  /** Takes the content out; resolves when its last handlers have run. */
  async clear() {
    if (!this.#loaded) return;
    await (this.options.ownWindow ? this.#clearWindow() : this.#clearFrame());
    this.#loaded = false;
  }

  async #clearFrame() {
    const frame = this.#frame;
    await new Promise((resolve) => {
      frame.addEventListener("load", resolve, { once: true });
      setTimeout(resolve, UNLOAD_MS);
      frame.contentWindow?.location.replace("about:blank");
    });
    const blank = this.#make("about:blank");
    blank.hidden = true;
    // Content that would not go is removed with its frame, which runs its handlers.
    frame.replaceWith(blank);
    this.#frame = blank;
  }

  async #clearWindow() {
    clearInterval(this.#watching);
    const target = this.#window;
    this.#window = null;
    if (!target || target.closed) return;
    const gone = new Promise((resolve) => {
      try {
        target.addEventListener("pagehide", () => setTimeout(resolve, 0), { once: true });
      } catch {
        resolve(undefined);
      }
      setTimeout(resolve, UNLOAD_MS);
    });
    target.close();
    await gone;
  }

  /** Drops the content at once, without waiting. */
  remove() {
    this.#loaded = false;
    clearInterval(this.#watching);
    this.#window?.close();
    this.#frame.remove();
  }

  /** Moves the keyboard into the content. */
  focus() {
    if (this.options.ownWindow) this.#window?.focus();
    else this.#frame.focus();
  }
}
