// @ts-check
/**
 * Draws one scene as a function of time and of nothing else: `show(scene)` lays it out, `seek(t)` puts
 * every moving thing where it is at `t` seconds, `states(fps, ticks)` tells which ticks look different.
 *
 * @typedef {{ text: string, at: number }} Beat  something that appears at a second of the scene
 * @typedef {{ heading?: Beat, points: Beat[] }} Side
 * @typedef {object} Scene
 * @property {string} layout
 * @property {string} kind
 * @property {string} where      the module's name
 * @property {string} title      the video's title
 * @property {string} heading
 * @property {Beat[]} points
 * @property {string} [quote]
 * @property {string} [source]
 * @property {Side} [left]
 * @property {Side} [right]
 * @property {string} [number]
 * @property {string} [caption]
 * @property {string} [figure]   an SVG's text
 * @property {string} [icon]     an SVG's text
 * @property {number} first      the number of the first step
 * @property {number} number_of  this scene, from 1
 * @property {number} count      scenes in all
 * @property {number[]} marks    where scenes begin, as parts of the whole
 * @property {number} from       where this scene begins and ends, as parts of the whole
 * @property {number} to
 * @property {number} duration   seconds
 */

const IN = 0.5;
const OUT = 0.3;
/** @type {((t: number) => string)[]} */
let moves = [];
const main = /** @type {HTMLElement} */ (document.getElementById("scene"));

/** @param {number} x */
const clamp = (x) => Math.min(1, Math.max(0, x));
/** Quick start, soft landing. @param {number} x */
const ease = (x) => 1 - (1 - clamp(x)) ** 3;
/** @param {number} t @param {number} at @param {number} [length] */
const part = (t, at, length = IN) => ease((t - at) / length);

/** @param {string} text */
function rich(text) {
  const safe = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return safe.replace(/\*\*(.+?)\*\*/g, "<b>$1</b>");
}

/**
 * @param {Element} parent @param {string} tag @param {string} [className] @param {string} [html]
 * @returns {HTMLElement}
 */
function add(parent, tag, className = "", html = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.innerHTML = html;
  return parent.appendChild(element);
}

/** Comes in at a time: fades while it moves a little. @param {Element} element @param {number} at @param {"up" | "left" | "fade"} [from] */
function enter(element, at, from = "up") {
  const { style } = /** @type {HTMLElement} */ (element);
  moves.push((t) => {
    const x = part(t, at);
    style.opacity = String(x);
    const way = Math.round((1 - x) * 22 * 4) / 4;
    style.transform = from === "up" ? `translateY(${way}px)` : from === "left" ? `translateX(${-way}px)` : "";
    return x.toFixed(3);
  });
}

/** Grows from its left edge. @param {HTMLElement} element @param {(t: number) => number} size */
function grow(element, size) {
  moves.push((t) => {
    const x = size(t);
    element.style.transform = `scaleX(${x.toFixed(5)})`;
    return x.toFixed(4);
  });
}

/** The ring around the point that is being spoken of. @param {HTMLElement} item @param {number} at @param {number} until */
function ring(item, at, until) {
  const now = add(item, "span", "now");
  moves.push((t) => {
    const x = part(t, at + 0.15) * (1 - part(t, until, 0.35));
    now.style.opacity = String(x);
    now.style.transform = `scale(${(0.6 + 0.4 * x).toFixed(3)})`;
    return x.toFixed(3);
  });
}

/** @param {Element} parent @param {Beat[]} points @param {number} end @param {string} [look] */
function list(parent, points, end, look = "") {
  const items = add(parent, "ul", `points ${look} ${points.length > 4 ? "many" : points.length > 3 ? "four" : ""}`);
  points.forEach((point, n) => {
    const item = add(items, "li", "", rich(point.text));
    enter(item, point.at, "left");
    ring(item, point.at, points[n + 1]?.at ?? end);
  });
}

/** "2017 | the law": what stands before the bar, and after. @param {string} text */
function labelled(text) {
  const [label, ...rest] = text.split("|").map((half) => half.trim());
  return rest.length ? { label, text: rest.join("|") } : { label: "", text: label };
}

/** @type {Record<string, (body: HTMLElement, scene: Scene) => void>} */
const layouts = {
  title(_body, scene) {
    main.insertAdjacentHTML("afterbegin", art("full"));
    const cells = main.querySelectorAll(".art [data-cell]");
    cells.forEach((cell, n) => enter(cell, 0.1 + n * 0.07, "fade"));
    enter(add(main, "p", "kind", rich(scene.kind)), 0.1, "up");
    const rule = add(main, "span", "rule");
    grow(rule, (t) => part(t, 0.6, 0.8));
    const under = scene.caption ?? scene.points.map((point) => point.text).join(" · ");
    enter(add(main, "p", "under", rich(under)), 0.9, "up");
    enter(add(main, "p", "synthetic", "Voce narrante sintetica"), 1.2, "fade");
  },
  closing(body, scene) {
    main.insertAdjacentHTML("afterbegin", art("faint"));
    if (scene.quote) enter(add(body, "blockquote", "", rich(scene.quote)), 0.5);
    list(body, scene.points, scene.duration, "tick");
  },
  points(body, scene) {
    if (scene.icon) {
      const sign = add(main, "div", "sign", `<span></span><i></i>${scene.icon}`);
      enter(sign, 0.35, "fade");
      body.classList.add("signed");
    }
    list(body, scene.points, scene.duration);
  },
  quote(body, scene) {
    const quote = scene.quote ?? "";
    enter(add(body, "blockquote", quote.length > 180 ? "long" : "", rich(quote.replace(/^[«“"]|[»”"]$/g, ""))), 0.5);
    if (scene.points.length) {
      const below = add(body, "div", "small");
      below.style.marginTop = "30px";
      list(below, scene.points, scene.duration);
    }
  },
  number(body, scene) {
    const row = add(body, "div", "figure-number");
    const text = scene.number ?? "";
    const strong = add(row, "strong", text.length > 5 ? "wide" : "", rich(text));
    strong.style.minWidth = `${strong.offsetWidth + 4}px`;
    enter(strong, 0.3, "fade");
    const whole = /^(\D*)(\d{1,3})(\D*)$/.exec(text);
    if (whole) {
      moves.push((t) => {
        const value = Math.round(Number(whole[2]) * part(t, 0.3, 1.1));
        strong.textContent = `${whole[1]}${value}${whole[3]}`;
        return String(value);
      });
    }
    enter(add(row, "p", "", rich(scene.caption ?? "")), 0.7);
    if (scene.points.length) list(body, scene.points, scene.duration);
  },
  compare(body, scene) {
    const grid = add(body, "div", "compare");
    const against = (/** @type {Side | undefined} */ side) => /^(non|no|mai|da evitare|senza)\b/i.test(side?.heading?.text ?? "");
    const blue = against(scene.right) && !against(scene.left) ? scene.left : scene.right;
    for (const side of [scene.left, scene.right]) {
      if (!side) continue;
      const box = add(grid, "section", side === blue ? "blue" : "");
      const first = side.heading?.at ?? side.points[0]?.at ?? 0.4;
      enter(box, first);
      if (side.heading) add(box, "h2", "", rich(side.heading.text));
      const items = add(box, "ul");
      for (const point of side.points) enter(add(items, "li", "", rich(point.text)), Math.max(point.at, first + 0.2), "left");
    }
  },
  steps(body, scene) {
    const many = ["", "", "", "", "four", "five", "five"][scene.points.length] ?? "";
    const items = add(body, "ol", `steps ${many}`);
    scene.points.forEach((point, n) => {
      const { label, text } = labelled(point.text);
      const item = add(items, "li", "", `<span class="n">${scene.first + n}</span>${label ? `<h2>${rich(label)}</h2>` : ""}${rich(text)}`);
      enter(item, point.at, "left");
    });
  },
  timeline(body, scene) {
    const items = add(body, "ol", `timeline ${scene.points.length > 4 ? "many" : ""} ${scene.points.length > 5 ? "crowd" : ""}`);
    add(items, "span", "track");
    const count = scene.points.length;
    const run = add(items, "span", "run");
    grow(run, (t) => scene.points.reduce((x, point, n) => x + part(t, point.at, 0.8) * ((n ? 1 : 0.02) / Math.max(1, count)), 0));
    scene.points.forEach((point, n) => {
      const { label, text } = labelled(point.text);
      const item = add(items, "li", "", `<span class="dot"></span><h2>${rich(label)}</h2>${rich(text)}`);
      enter(item, point.at + (n ? 0.35 : 0), "up");
    });
  },
  figure(body, scene) {
    const grid = add(body, "div", `with-figure ${scene.points.length ? "pair" : ""}`);
    const holder = add(grid, "div", "", scene.figure ?? "");
    enter(holder, 0.4, "fade");
    holder.querySelectorAll("[data-at]").forEach((piece) => {
      const beat = scene.points[Number(piece.getAttribute("data-at")) - 1];
      if (beat) enter(piece, beat.at, "fade");
    });
    if (scene.points.length) list(grid, scene.points, scene.duration);
  },
};

/** Squares and quarter circles of a plan, behind the words. @param {"full" | "faint" | "pale"} look */
function art(look) {
  const [dark, blue, dot] = look === "pale" ? ["#f1f7fd", "#e3effb", "#d3f4f5"] : ["#0b4a86", "#06c", "#00c5ca"];
  const cells = [
    [0, 0, "arc"], [140, 0, "full"], [280, 0, "ring"], [420, 0, "arc2"],
    [140, 140, "arc2"], [280, 140, "full2"], [420, 140, "arc"],
    [280, 280, "arc"], [420, 280, "ring"],
    [280, 420, "ring"], [420, 420, "full"],
    [420, 560, "arc2"],
  ];
  const shape = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ kind) => {
    if (kind === "full") return `<rect x="${x}" y="${y}" width="140" height="140" fill="${dark}"/>`;
    if (kind === "full2") return `<rect x="${x}" y="${y}" width="140" height="140" fill="${blue}"/><circle cx="${x + 70}" cy="${y + 70}" r="26" fill="${dot}"/>`;
    if (kind === "ring") return `<circle cx="${x + 70}" cy="${y + 70}" r="52" fill="none" stroke="${blue}" stroke-width="22"/>`;
    if (kind === "arc") return `<path d="M${x} ${y + 140}A140 140 0 0 1 ${x + 140} ${y}V${y + 140}Z" fill="${blue}"/>`;
    return `<path d="M${x} ${y}A140 140 0 0 0 ${x + 140} ${y + 140}V${y}Z" fill="${dark}"/>`;
  };
  const opacity = look === "faint" ? 0.28 : 1;
  return `<svg class="art" viewBox="0 0 560 720" opacity="${opacity}" aria-hidden="true">${cells
    .map(([x, y, kind]) => `<g data-cell>${shape(Number(x), Number(y), String(kind))}</g>`)
    .join("")}</svg>`;
}

/** What is around every scene: where we are, how far, the source, the fade at the end. @param {Scene} scene */
function around(scene) {
  add(main, "span", "rail");
  const where = add(main, "p", "where", scene.layout === "title" ? rich(scene.caption === scene.where ? "" : scene.where) : `<i>${rich(scene.where)}</i> · ${rich(scene.title)}`);
  where.style.maxWidth = "960px";
  if (scene.layout !== "title") add(main, "p", "count", `${scene.number_of} / ${scene.count}`);
  const progress = add(main, "div", "progress");
  const done = add(progress, "span");
  const beats = [...scene.points, ...(scene.left?.points ?? []), ...(scene.right?.points ?? [])].map((beat) => beat.at);
  const stops = [0, ...beats.filter((at) => at > 1 && at < scene.duration - 1)].sort((a, b) => a - b);
  grow(done, (t) => {
    let reached = scene.from;
    stops.forEach((at, n) => {
      const next = scene.from + ((scene.to - scene.from) * (stops[n + 1] ?? scene.duration)) / scene.duration;
      const before = n ? scene.from + ((scene.to - scene.from) * at) / scene.duration : scene.from;
      reached += (next - before) * part(t, at + 0.2, 0.8);
    });
    return reached;
  });
  for (const mark of scene.marks) add(progress, "em").style.left = `calc(${mark * 100}% - 1px)`;
  if (scene.source) enter(add(main, "p", "source", rich(scene.source)), 0.9, "fade");
}

/** Lays a scene out. @param {Scene} scene */
async function show(scene) {
  moves = [];
  main.className = `is-${scene.layout}`;
  main.innerHTML = ["points", "quote", "number"].includes(scene.layout) && !scene.icon ? art("pale") : "";
  around(scene);
  const heading = add(main, "h1", scene.heading.length > 48 ? "long" : "", rich(scene.heading));
  enter(heading, 0.15);
  const body = add(main, "div", `body ${scene.source ? "sourced" : ""}`);
  (layouts[scene.layout] ?? layouts.points)(body, scene);
  const below = scene.layout === "title" ? 0 : heading.offsetTop + heading.offsetHeight + 26;
  if (below) {
    body.style.top = `${below}px`;
    body.style.height = `${(scene.source ? 566 : 596) - below}px`;
  }
  const veil = [body, heading, ...main.querySelectorAll(".source, .kind, .under, .synthetic")].map((e) => /** @type {HTMLElement} */ (e));
  const last = scene.number_of === scene.count;
  moves.push((t) => {
    if (last) return "";
    const x = clamp((t - (scene.duration - OUT)) / OUT);
    if (x > 0) for (const element of veil) element.style.opacity = String(Math.min(Number(element.style.opacity || 1), 1 - x));
    else body.style.opacity = "1";
    return x.toFixed(3);
  });
  await document.fonts.ready;
  await Promise.all([...document.fonts].map((font) => font.load()));
  return overflowing(body);
}

/** What does not fit, so that the author hears of it. @param {HTMLElement} body */
function overflowing(body) {
  const room = body.getBoundingClientRect();
  const inner = [...body.children].map((child) => child.getBoundingClientRect());
  const height = inner.reduce((sum, box) => sum + box.height, 0);
  return height > room.height + 2 ? `${Math.round(height - room.height)} px too high` : "";
}

/** @param {number} t */
const seek = (t) => moves.map((move) => move(t)).join(" ");

/** @param {number} fps @param {number} ticks */
const states = (fps, ticks) => Array.from({ length: ticks }, (_, k) => seek(k / fps));

Object.assign(globalThis, { scenes: { show, seek, states } });
