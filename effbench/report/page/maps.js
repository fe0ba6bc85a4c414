/* Cost, and where networks were trained accuracy, by the layer counts of two branches. */

function initMaps() {
  fillSelect(byId("maps-dataset"), data.maps.map((one) => [one.dataset, NAMES[one.dataset] ?? one.dataset]), data.maps[0].dataset);
  const render = () => drawMap(data.maps.find((one) => one.dataset === byId("maps-dataset").value));
  whenEdited(["maps-dataset"], render);
  whenChosen(render);
}

function drawMap(map) {
  const values = map.values[state.convention.name], base = map.baseline_values[state.convention.name];
  const fixed = Object.entries(map.fixed).map(([branch, layers]) => `, ${layers} layers in branch ${branch}`).join("");
  const largest = Math.max(...values.flat());
  const head = el("tr", {}, el("th", {}, `${map.row_branch} ↓  ${map.col_branch} →`), map.cols.map((col) => el("th", { scope: "col" }, String(col))));
  const rows = map.rows.map((row, i) => el("tr", {}, el("th", { scope: "row" }, String(row)), map.cols.map((col, j) => mapCell(map.names[i][j], values[i][j], base, largest))));
  byId("maps-body").replaceChildren(
    el("p", { class: "count" }, `Layers in branch ${map.row_branch} (down) and branch ${map.col_branch} (across)${fixed}; ${units(state.convention)} under ${state.convention.name}, and percent of ${map.baseline} (${scaled(base, 2)}).`),
    el("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Layer map" }, el("table", { class: "map short" }, el("thead", {}, head), el("tbody", {}, rows))),
    trainedNote(map.dataset));
}

/** Colour by cost, pale to strong; text stays readable on it. */
function mapCell(name, value, base, largest) {
  if (!name) return el("td", { class: "none" }, "–");
  const cell = el("td", { class: value < base ? "cheaper" : null, title: `${name}: ${grouped(value)} ${units(state.convention)}` }, scaled(value, 1), el("small", {}, percent(value / base, 0)));
  cell.style.background = `color-mix(in srgb, var(--bar) ${Math.round(8 + 82 * (value / largest))}%, var(--surface))`;
  return cell;
}

/** Accuracies of networks that were trained on the data set, where there are any. */
function trainedNote(dataset) {
  const found = data.trained.filter((one) => one.dataset === dataset);
  if (!found.length) return el("p", { class: "small" }, `Accuracy and latency by layer counts: no network was trained on ${NAMES[dataset] ?? dataset} here, and no committed record times the whole map.`);
  return el("p", { class: "small" }, `${found.length} networks were trained on ${NAMES[dataset] ?? dataset} here; they stand in the scatter above.`);
}
