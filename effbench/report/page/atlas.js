/* timm's networks: budgets that the reader drags, and the front of what is left. */

const STEPS = 200; // of a slider, evenly along the logarithm

/** What a network costs: its values, whether less is better, and how it is said. */
const QUANTITIES = {
  macs: { name: "MACs", most: true, text: (value) => scaled(value, 1) },
  params: { name: "Parameters", most: true, text: (value) => scaled(value, 1) },
  memory: { name: "Weights, fp32", most: true, text: (value) => bytes(Math.round(value)) },
  speed: { name: "Images/s, predicted", most: false, text: (value) => `${Number(value.toPrecision(3))}/s` },
};

const atlas = { rows: [], machine: null, drawing: null, waiting: null };

function initAtlas() {
  const known = data.atlas;
  atlas.rows = known.models.map((model, place) => ({
    place,
    model,
    size: known.sizes[place],
    top1: known.top1[place],
    macs: known.macs[place],
    params: known.params[place],
    memory: known.params[place] * known.bytes,
  }));
  const machines = known.machines.map((one) => [one.name, `${one.name}, batch ${one.batch}`]);
  fillSelect(byId("atlas-machine"), machines, known.first);
  const axes = Object.entries(QUANTITIES).map(([key, one]) => [key, one.name]);
  fillSelect(byId("atlas-axis"), axes, "macs");
  byId("atlas-about").append(
    ` Top-1: ${known.accuracy_source}. Speed is predicted, with a 90 % interval in each row, from ${known.speed_source}.`,
    known.uncounted.length ? ` ${known.uncounted.length} published networks have no shipped count and are left out.` : "",
  );
  chooseMachine();
  byId("atlas-budgets").replaceChildren(...Object.entries(QUANTITIES).map(budgetSlider));
  const table = sortable(byId("atlas-table"), ATLAS_COLUMNS, {
    name: "atlas",
    key: (row) => `${row.model}@${row.size}`,
    details: atlasDetails,
    paged: true,
    column: 2,
    ascending: false,
  });
  table.render(atlas.rows);
  const figure = byId("atlas-plot");
  const render = drawn(figure, "timm-front", (width) => {
    atlas.drawing = drawAtlas(figure, width);
    show();
  });
  const show = () => showAtlas(table);
  whenEdited(["atlas-machine", "atlas-axis"], () => {
    chooseMachine();
    render();
  });
  whenEdited(["atlas-search"], show);
  Object.keys(QUANTITIES).forEach((key) => {
    byId(`atlas-${key}`).addEventListener("input", show);
    byId(`atlas-${key}`).addEventListener("input", noteAddress);
    remember(`atlas-${key}`, () => budgetOf(key)?.toPrecision(3) ?? "", (text) => setBudget(key, text));
  });
  show();
}

/** The speeds of the rows, and the range of every quantity, on the chosen machine. */
function chooseMachine() {
  atlas.machine = data.atlas.machines.find((one) => one.name === byId("atlas-machine").value);
  for (const row of atlas.rows) row.speed = atlas.machine.rates[row.place];
  const axis = byId("atlas-axis").value;
  atlas.rows.sort((a, b) => a[axis] - b[axis]); // so that the front of a part of them needs no sorting
  for (const [key, one] of Object.entries(QUANTITIES)) {
    const values = atlas.rows.map((row) => row[key]);
    one.low = Math.min(...values);
    one.high = Math.max(...values);
  }
}

function budgetSlider([key, one]) {
  const id = `atlas-${key}`;
  return el(
    "label",
    { class: "dial" },
    el("span", {}, `${one.name}, at ${one.most ? "most" : "least"} `, el("b", { id: `${id}-told` }, "any")),
    el("input", { type: "range", id, min: 0, max: STEPS, step: 1, value: one.most ? STEPS : 0 }),
  );
}

/** The budget that a slider stands at; null at its open end. */
function budgetOf(key) {
  const { low, high, most } = QUANTITIES[key];
  const at = Number(byId(`atlas-${key}`).value);
  return at === (most ? STEPS : 0) ? null : low * (high / low) ** (at / STEPS);
}

function setBudget(key, text) {
  const { low, high, most } = QUANTITIES[key];
  const at = (STEPS * Math.log(Number(text) / low)) / Math.log(high / low);
  const input = byId(`atlas-${key}`);
  input.value = Number(text) > 0 ? Math.round(at) : most ? STEPS : 0;
  input.dispatchEvent(new Event("input"));
}

function withinBudgets() {
  const words = byId("atlas-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const limits = Object.entries(QUANTITIES).map(([key, one]) => {
    const limit = budgetOf(key);
    const told = limit === null ? "any" : one.text(limit);
    byId(`atlas-${key}-told`).textContent = told;
    byId(`atlas-${key}`).setAttribute("aria-valuetext", told);
    return [key, one.most, limit];
  });
  const asked = limits.filter(([, , limit]) => limit !== null);
  return atlas.rows.filter(
    (row) =>
      words.every((word) => row.model.includes(word)) &&
      asked.every(([key, most, limit]) => (most ? row[key] <= limit : row[key] >= limit)),
  );
}

/** The networks that no other one of the rows beats in top-1 and in the quantity, the least demanding first. */
function atlasFront(rows, key) {
  const sign = QUANTITIES[key].most ? 1 : -1;
  return front(rows.map((row) => ({ cost: sign * row[key], accuracy: row.top1, row }))).map((one) => one.row);
}

function showAtlas(table) {
  const kept = withinBudgets();
  const key = byId("atlas-axis").value;
  const best = atlasFront(kept, key);
  byId("atlas-count").textContent = kept.length
    ? `${grouped(kept.length)} of ${grouped(atlas.rows.length)} networks meet the budgets; ` +
      `${best.length} are on the front; the most accurate: ${best.at(-1).model}, ${best.at(-1).top1.toFixed(2)} %`
    : "No network meets all budgets.";
  atlas.drawing?.(kept, best);
  clearTimeout(atlas.waiting);
  atlas.waiting = setTimeout(() => table.render(kept), 60); // once the slider rests
}

/** Axes once; gives what draws the points and the front again. Points are one path each: dots of round caps. */
function drawAtlas(figure, width) {
  const key = byId("atlas-axis").value;
  const { low, high, name, text } = QUANTITIES[key];
  const box = { left: 48, right: width - 12, top: 34, bottom: (width < 560 ? 340 : 440) - 44 };
  const top1 = atlas.rows.map((row) => row.top1);
  const x = scale(low / 1.1, high * 1.1, box.left, box.right, true);
  const y = scale(Math.min(...top1) - 1, Math.max(...top1) + 1.5, box.bottom, box.top);
  const spots = new Array(atlas.rows.length);
  for (const row of atlas.rows) spots[row.place] = [x(row[key]), y(row.top1), row];
  const dot = spots.map(([a, b]) => `M${a.toFixed(1)} ${b.toFixed(1)}h0`);
  const dots = (rows) => rows.map((row) => dot[row.place]).join("");
  const outside = svg("path", { class: "dots faint", d: dots(atlas.rows) });
  const inside = svg("path", { class: "dots" });
  const line = svg("path", { class: "front" });
  const names = svg("g");
  const chart = svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${box.bottom + 44}`,
      role: "img",
      "aria-label": `Top-1 accuracy of timm's networks against ${name}; the table below has the same rows`,
      onmousemove: (event) => tellNearest(event, chart, spots, width),
      onmouseleave: hideTip,
    },
    axes(box, x, y, {
      xName: key === "speed" ? `${name}, ${atlas.machine.name}, batch ${atlas.machine.batch}` : name,
      yName: "top-1 accuracy on ImageNet-1k, %, published",
      xText: (v) => text(v).replace(/\.0(?= |$)/, ""),
      yText: (v) => String(v),
    }),
    [outside, inside, line, names],
  );
  figure.replaceChildren(
    chart,
    legend([
      ["meets the budgets", { class: "point solid c0" }, 0],
      ["does not", { class: "point solid faint" }, 0],
      ["Pareto front of those that do", { class: "front" }, "line"],
    ]),
  );
  return (kept, best) => {
    const places = best.map((row) => spots[row.place]);
    const end = QUANTITIES[key].most ? box.right : box.left;
    const steps = places.map(([a, b], i) => (i ? `H${a.toFixed(1)}V${b.toFixed(1)}` : `M${a.toFixed(1)} ${b.toFixed(1)}`));
    inside.setAttribute("d", dots(kept));
    line.setAttribute("d", steps.length ? `${steps.join("")}H${end}` : "");
    const wanted = places.map(([a, b, row]) => [a, b, row.model.split(".")[0]]).reverse();
    names.replaceChildren(...labels(wanted, places, box, stretches(places, end), QUANTITIES[key].most ? "end" : "start"));
  };
}

function tellNearest(event, chart, spots, width) {
  const frame = chart.getBoundingClientRect();
  const zoom = width / frame.width;
  const [x, y] = [(event.clientX - frame.left) * zoom, (event.clientY - frame.top) * zoom];
  let [nearest, least] = [null, 14];
  for (const [a, b, row] of spots) {
    const distance = Math.hypot(a - x, b - y);
    if (distance < least) [nearest, least] = [row, distance];
  }
  if (!nearest) return hideTip();
  const told = Object.entries(QUANTITIES).map(([key, one]) => `${one.name}: ${one.text(nearest[key])}`);
  const lines = [`${nearest.top1.toFixed(2)} % at ${nearest.size}²`, ...told].map((one) => el("div", {}, one));
  showTip([el("b", {}, nearest.model), ...lines], event.clientX, event.clientY);
}

const atlasColumn = (key, wide) => ({
  name: QUANTITIES[key].name,
  numeric: true,
  wide,
  value: (row) => row[key],
  show: (row) => QUANTITIES[key].text(row[key]),
});

const ATLAS_COLUMNS = [
  { name: "Model", first: true, value: (row) => row.model, show: (row) => breakable(row.model) },
  { name: "Image", numeric: true, wide: true, value: (row) => row.size, show: (row) => `${row.size}²` },
  { name: "Top-1, %", numeric: true, value: (row) => row.top1, show: (row) => row.top1.toFixed(2) },
  atlasColumn("macs", false),
  atlasColumn("params", true),
  atlasColumn("memory", true),
  atlasColumn("speed", false),
];

function atlasDetails(row) {
  const { factors, measured, setting, batch } = atlas.machine;
  const factor = factors[row.place];
  const rate = QUANTITIES.speed.text;
  const made = Object.entries(data.atlas.counted_with).map((pair) => pair.join(" "));
  return el(
    "div",
    {},
    facts([
      ["MACs, parameters", `${grouped(row.macs)}, ${grouped(row.params)}: counted, ${made.join(", ")}`],
      ["top-1", `${row.top1} % on ImageNet-1k at ${row.size}², published by timm`],
      ["predicted", `${rate(row.speed)}, 90 % interval [${rate(row.speed / factor)}, ${rate(row.speed * factor)}]`],
      ["measured by timm", measured[row.place] === null ? "not published" : rate(measured[row.place])],
      ["machine", `${setting}, batch ${batch}`],
      ["command", el("code", {}, `effbench predict ${row.model} --machine ${atlas.machine.name} --size ${row.size}`)],
    ]),
  );
}
