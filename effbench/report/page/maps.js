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
  const render = () => {
    const [kind, place] = byId("maps-choice").value.split(" ");
    byId("maps-body").replaceChildren(
      ...(kind === "cost" ? costMap(data.maps[place]) : measuredMap(data.measured_maps[place])),
    );
  };
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
