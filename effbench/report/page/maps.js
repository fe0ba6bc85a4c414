/* Cost by the layer counts of two branches, and where it was trained or measured, accuracy or latency. */

const MEASURED = { accuracy: "accuracy, trained here", latency: "latency, measured here" };

function initMaps() {
  const names = (one) => nameOf(one.dataset);
  fillSelect(
    byId("maps-choice"),
    [
      ...data.maps.map((one, i) => [`cost ${i}`, `${names(one)}: cost`]),
      ...data.measured_maps.map((one, i) => [`measured ${i}`, `${names(one)}: ${MEASURED[one.metric]}`]),
    ],
    "cost 0",
  );
  const chosen = (cost, measured) => {
    const [kind, place] = byId("maps-choice").value.split(" ");
    return kind === "cost" ? cost(data.maps[place]) : measured(data.measured_maps[place]);
  };
  const body = byId("maps-body");
  const render = () => body.replaceChildren(...chosen(costMap, measuredMap));
  offerDrawing(body, "layer-map", () => mapSheet(body), () => chosen(costLines, measuredLines));
  whenEdited(["maps-choice"], render);
  whenChosen(render);
}

/** The axes in words. */
function axesOf(map) {
  const fixed = Object.entries(map.fixed)
    .map(([branch, layers]) => `, ${layers} layers in branch ${branch}`)
    .join("");
  return `Layers in branch ${map.row_branch} (down) and branch ${map.col_branch} (across)${fixed}`;
}

/** A table of cells; cell(i, j) makes one. */
function mapTable(map, cell) {
  const head = el(
    "tr",
    {},
    el("th", {}, `${map.row_branch} ↓  ${map.col_branch} →`),
    map.cols.map((col) => el("th", { scope: "col" }, String(col))),
  );
  const rows = map.rows.map((row, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, String(row)),
      map.cols.map((col, j) => cell(i, j)),
    ),
  );
  const table = el("table", { class: "map short" }, el("thead", {}, head), el("tbody", {}, rows));
  return el("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Layer map" }, table);
}

/** A cell whose ground is stronger the larger its share; text stays readable on it. */
function mapCell(title, framed, share, large, small) {
  const cell = el("td", { class: framed ? "cheaper" : null, title }, large, el("small", {}, small));
  const colour = mapColour(share);
  cell.style.background = `rgb(${colour.join(" ")})`;
  cell.style.color = luminance(colour) > 0.18 ? "#000" : "#fff"; // either way a contrast of 4.5 or more
  return cell;
}

const MAP_COLOURS = [
  [247, 251, 255],
  [158, 202, 225],
  [33, 113, 181],
  [8, 29, 78],
];

/** From pale to dark blue, the same in both themes. */
function mapColour(share) {
  const at = Math.min(Math.max(share, 0), 1) * (MAP_COLOURS.length - 1);
  const i = Math.min(Math.floor(at), MAP_COLOURS.length - 2);
  return MAP_COLOURS[i].map((low, c) => Math.round(low + (at - i) * (MAP_COLOURS[i + 1][c] - low)));
}

/** Relative luminance, WCAG 2.1. */
function luminance(colour) {
  const [r, g, b] = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function costMap(map) {
  const values = map.values[state.convention.name],
    base = map.baseline_values[state.convention.name];
  const shown = values.flat().filter((_, i) => map.names.flat()[i]);
  const least = Math.min(...shown),
    span = Math.max(...shown) - least || 1;
  const table = mapTable(map, (i, j) => {
    const value = values[i][j];
    if (!map.names[i][j]) return el("td", { class: "none" }, "–");
    return mapCell(
      `${map.names[i][j]}: ${grouped(value)} ${units(state.convention)}`,
      value < base,
      (value - least) / span,
      scaled(value, 1),
      base ? percent(value / base, 0) : "–",
    );
  });
  const known = data.measured_maps.filter((one) => one.dataset === map.dataset).map((one) => one.metric);
  const missing = Object.keys(MEASURED).filter((metric) => !known.includes(metric));
  return [
    el(
      "p",
      { class: "count" },
      `${axesOf(map)}; ${chosenUnits()}, and percent of ${map.baseline} (${scaled(base, 2)}). Framed: costs less than ${map.baseline}.`,
    ),
    table,
    el(
      "p",
      { class: "small" },
      missing.length ? `No committed record has the ${missing.join(" or the ")} of this map.` : "",
    ),
  ];
}

function measuredMap(map) {
  const key = map.metric;
  const costs = `${map.unit}s of one image (${map.convention})`;
  const accuracy = `Top-1 accuracy, mean over seeds, and ${costs}. Framed: no cheaper network is as accurate.`;
  const known = map.cells
    .flat()
    .map((cell) => cell[key])
    .filter((value) => value !== null);
  const low = Math.min(...known),
    span = Math.max(...known) - low || 1;
  const table = mapTable(map, (i, j) => {
    const cell = map.cells[i][j];
    if (cell[key] === null) return el("td", { class: "none", title: cell.model }, cell.model ? cell.status : "–");
    const [large, small, more] = key === "accuracy" ? accuracyTexts(cell) : latencyTexts(cell);
    return mapCell(`${cell.model}: ${more}`, Boolean(cell.frontier), (cell[key] - low) / span, large, small);
  });
  return [
    el(
      "p",
      { class: "count" },
      `${axesOf(map)}. ${key === "accuracy" ? accuracy : "Time of one image, and images per second of a batch."}`,
    ),
    table,
    el("p", { class: "small" }, `${map.how}. Record: ${map.file}.`),
  ];
}

function accuracyTexts(cell) {
  const half = cell.low === null ? "" : ` ± ${(50 * (cell.high - cell.low)).toFixed(1)}`;
  return [
    percent(cell.accuracy),
    cell.cost === null ? "–" : scaled(cell.cost, 1),
    `${(100 * cell.accuracy).toFixed(2)} %${half}, seeds ${cell.seeds.join(", ")}, ${cell.images} test images`,
  ];
}

function latencyTexts(cell) {
  const ms = (value) => `${(1000 * value).toPrecision(3)} ms`;
  const ends = cell.latency_low === null ? "" : ` (${ms(cell.latency_low)} to ${ms(cell.latency_high)})`;
  return [
    ms(cell.latency),
    cell.throughput === null ? "–" : `${cell.throughput.toPrecision(3)}/s`,
    `${ms(cell.latency)}${ends}`,
  ];
}

/** A line a network: its layers, and what the map says of it. */
function mapLines(map, heads, values) {
  const branches = [map.row_branch, map.col_branch].map((branch) => `layers in branch ${branch}`);
  const lines = map.rows.flatMap((row, i) => map.cols.map((col, j) => [row, col, values(i, j)]));
  const known = lines.filter(([, , [model]]) => model);
  return [["data set", ...branches, ...heads], ...known.map(([row, col, rest]) => [map.dataset, row, col, ...rest])];
}

function costLines(map) {
  const { name } = state.convention;
  const value = (i, j) => map.values[name][i][j];
  const heads = ["model", `${chosenUnits()}, one image`, `share of ${map.baseline}`];
  return mapLines(map, heads, (i, j) => [map.names[i][j], value(i, j), value(i, j) / map.baseline_values[name]]);
}

function measuredLines(map) {
  return mapLines(map, Object.keys(map.cells[0][0]), (i, j) => Object.values(map.cells[i][j]));
}

const CELL = [68, 40]; // of a map that is downloaded, pixels
const LINE = 16;

/** The map as a drawing, below what it says. */
function mapSheet(body) {
  const table = body.querySelector("table");
  const [wide, high] = CELL;
  const width = wide * table.rows[0].cells.length;
  const title = inLines(body.querySelector(".count").textContent, width - 12);
  const top = LINE * title.length + 10;
  const cells = [...table.rows].flatMap((row, i) =>
    [...row.cells].flatMap((cell, j) => cellDrawing(cell, j * wide, top + i * high)),
  );
  const heads = title.map((line, i) => svg("text", { x: 6, y: LINE * (i + 1) }, line));
  return sheet(width, top + high * table.rows.length + 6, heads, cells);
}

function cellDrawing(cell, x, y) {
  const [wide, high] = CELL;
  const { color, backgroundColor, outlineStyle } = getComputedStyle(cell);
  const texts = [...cell.childNodes].map((one) => one.textContent);
  const box = (inset, more) =>
    svg("rect", { x: x + inset, y: y + inset, width: wide - 2 * inset, height: high - 2 * inset, rx: 4, ...more });
  const middle = y + high / 2 + 4;
  return [
    box(1, { fill: backgroundColor }),
    outlineStyle === "none" ? null : box(4, { fill: "none", stroke: color, "stroke-width": 2 }),
    texts.map((text, i) => {
      const at = { x: x + wide / 2, y: middle + LINE * (i - (texts.length - 1) / 2), "text-anchor": "middle" };
      return svg("text", { ...at, fill: color, "font-size": i ? 10 : 12 }, text);
    }),
  ].flat();
}
