/* Axes and marks of the charts. A chart is drawn again at the width it has, so that its text keeps its size. */

/** Draw into a figure now and whenever its width changes, and offer it as a file of that name. */
function drawn(figure, name, draw) {
  offerDrawing(figure, name);
  let width = 0;
  const render = () => {
    if (figure.clientWidth) draw(Math.max(280, figure.clientWidth - 14));
  };
  new ResizeObserver(() => {
    if (figure.clientWidth !== width) {
      width = figure.clientWidth;
      render();
    }
  }).observe(figure);
  return render;
}

/** A scale from [low, high] to [from, to]; logarithmic if wished. */
function scale(low, high, from, to, logarithmic = false) {
  const map = logarithmic ? Math.log10 : (value) => value;
  const span = map(high) - map(low) || 1;
  const place = (value) => from + ((map(value) - map(low)) / span) * (to - from);
  place.ticks = (wanted) => (logarithmic ? logTicks(low, high, wanted) : linearTicks(low, high, wanted));
  return place;
}

function linearTicks(low, high, wanted = 6) {
  const raw = (high - low || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function logTicks(low, high, wanted = 8) {
  const found = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8], [1, 2, 5], [1, 3], [1]].map((steps) => {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const one of steps) {
        const value = one * 10 ** power;
        if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
      }
    }
    return ticks;
  });
  return found.find((ticks) => ticks.length <= wanted) ?? found.at(-1);
}

/** Frame, grid lines, tick labels and names of two axes. */
function axes(box, x, y, { xName, yName, xText, yText }) {
  const { left, right, top, bottom } = box;
  const room = Math.max(3, Math.floor((right - left) / 90));
  const parts = [];
  let end = -Infinity; // of the text before
  for (const tick of x.ticks(room)) {
    parts.push(svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: top, y2: bottom }));
    const half = textWidth(xText(tick)) / 2;
    if (x(tick) - half < end + 4) continue;
    end = x(tick) + half;
    parts.push(svg("text", { x: x(tick), y: bottom + 17, "text-anchor": "middle" }, xText(tick)));
  }
  for (const tick of y.ticks(6)) {
    parts.push(svg("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }));
    parts.push(svg("text", { x: left - 7, y: y(tick) + 4, "text-anchor": "end" }, yText(tick)));
  }
  parts.push(svg("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }));
  parts.push(svg("text", { x: right, y: bottom + 36, "text-anchor": "end" }, xName));
  parts.push(svg("text", { x: 6, y: top - 14 }, yName));
  return parts;
}

/** A mark of one of five shapes around a place: also told apart without colour. */
function mark(shape, x, y, r, attributes = {}) {
  const paths = [
    null,
    `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
    `M${x} ${y - 1.25 * r}l${1.2 * r} ${2.1 * r}h${-2.4 * r}z`,
    `M${x} ${y - 1.35 * r}l${1.35 * r} ${1.35 * r}l${-1.35 * r} ${1.35 * r}l${-1.35 * r} ${-1.35 * r}z`,
    `M${x - r} ${y - r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`,
  ];
  return shape
    ? svg("path", { d: paths[shape % 5], ...attributes })
    : svg("circle", { cx: x, cy: y, r, ...attributes });
}

/** Legend entries of [text, mark attributes, shape]. */
function legend(entries) {
  return el(
    "ul",
    { class: "legend" },
    entries.map(([text, attributes, shape]) =>
      el(
        "li",
        {},
        svg(
          "svg",
          { viewBox: "0 0 18 14", "aria-hidden": "true" },
          shape === "line"
            ? svg("line", { x1: 0, x2: 18, y1: 7, y2: 7, ...attributes })
            : mark(shape, 9, 7, 4.5, attributes),
        ),
        text,
      ),
    ),
  );
}

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();

/** Pixels that a text of a chart takes, in the font that the reader's browser has. */
function textWidth(text) {
  if (!widths.has(text)) {
    pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    widths.set(text, pen.measureText(text).width);
  }
  return widths.get(text);
}

/** A text in lines that are no wider, words unbroken. */
function inLines(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (lines.at(-1) && textWidth(longer) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Places of marks that stay r apart: one that would overlap an earlier one is moved aside. */
function apart(places, r) {
  const found = [];
  for (const [x, y] of places) {
    let at = x;
    for (let i = 1; found.some(([a, b]) => Math.abs(a - at) < r && Math.abs(b - y) < r); i++)
      at = x + (i % 2 ? 1 : -1) * Math.ceil(i / 2) * (r + 0.5);
    found.push([at, y]);
  }
  return found;
}

/** The stretches of a line of steps through these places, as boxes that no label may cover. */
function stretches(places, right) {
  return places.flatMap(([x, y], i) => {
    const [next, above] = places[i + 1] ?? [right, y];
    return [
      [Math.min(x, next), y - 2, Math.max(x, next), y + 2],
      [next - 2, Math.min(y, above), next + 2, Math.max(y, above)],
    ];
  });
}

/** Names beside points, [x, y, text], the first ones first; one that would cover another, a point or a line is left out.
    side: "end" or "start" for places above and to the left or the right alone. */
function labels(wanted, points, box, lines = [], side = null) {
  const taken = [...points.map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]), ...lines];
  const parts = [];
  for (const [x, y, text] of wanted) {
    const width = textWidth(text) + 4;
    const offers = [
      [x - 7, y - 8, "end"],
      [x - 10, y + 4, "end"],
      [x, y - 11, "middle"],
      [x + 7, y - 9, "start"],
      [x + 8, y + 16, "start"],
      [x + 10, y + 4, "start"],
    ]; // a front comes from below and leaves to the right
    for (const [at, base, anchor] of offers) {
      if (side && (anchor !== side || base > y + 4)) continue;
      const start = anchor === "start" ? at : anchor === "end" ? at - width : at - width / 2;
      const room = [start, base - 12, start + width, base + 4];
      const inside = room[0] >= box.left && room[2] <= box.right && room[1] >= box.top - 6 && room[3] <= box.bottom;
      const free = taken.every(([a, b, c, d]) => room[2] < a || room[0] > c || room[3] < b || room[1] > d);
      if (!inside || !free) continue;
      taken.push(room);
      parts.push(svg("text", { class: "label", x: at, y: base, "text-anchor": anchor }, text));
      break;
    }
  }
  return parts;
}
