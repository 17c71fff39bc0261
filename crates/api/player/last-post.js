// @ts-check
//! Requests that outlive their page. Browsers let a document have 64 KB of them under way, all
//! together, and refuse the one that goes beyond; two empty frames, made in good time, are documents
//! with as much room of their own (Fetch, 4.5: the limit is the client's).

import { answered, carrying } from "./post.js";

/** Bytes of bodies that may be under way from one document. */
const ROOM_BYTES = 64 * 1024;
const COURIERS = 2;

/** @typedef {{from: Window, underWay: number, frame?: HTMLIFrameElement}} Sender */

/** An empty frame, out of sight and reach. @returns {Sender[]} */
function courier() {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  document.body.append(frame);
  return frame.contentWindow ? [{ from: frame.contentWindow, underWay: 0, frame }] : [];
}

export class LastPost {
  /** @type {Sender[]} */
  #senders = [{ from: window, underWay: 0 }];

  /** New content is there: the frames are made anew. A page's frames end in the order they were made, and content must end first. */
  follow() {
    const [page, ...couriers] = this.#senders;
    if (couriers.some(({ underWay }) => underWay > 0)) return;
    for (const { frame } of couriers) frame?.remove();
    this.#senders = [page, ...Array.from({ length: COURIERS }, courier).flat()];
  }

  /** Bytes that the next body may have. */
  get room() {
    return Math.max(...this.#senders.map(({ underWay }) => ROOM_BYTES - underWay));
  }

  /**
   * Sends a body of so many bytes. One that has no room goes the ordinary way, which may end with the page.
   * @param {string} path @param {string} token @param {string} text @param {number} bytes
   * @returns {Promise<any>}
   */
  async send(path, token, text, bytes) {
    const sender = this.#senders.find(({ underWay }) => underWay + bytes <= ROOM_BYTES);
    const request = carrying(token, text);
    const url = new URL(path, location.href).href;
    if (!sender) return answered(await fetch(url, request));
    sender.underWay += bytes;
    try {
      return await answered(await sender.from.fetch(url, { ...request, keepalive: true }));
    } finally {
      sender.underWay -= bytes;
    }
  }
}
