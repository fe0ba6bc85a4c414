/* Accuracy against cost: published accuracies, our trainings, the Pareto front and how sure a point is to be on it. */

let walker = 0; // which point the arrow keys have reached

/** { name, paper (null: trained here), cost, accuracy, images, lines } of a data set, cheapest first; without a cost there is no place. */
function scatterPoints(dataset) {
  const published = data.published.filter((one) => one.dataset === dataset && one.model).map(publishedPoint);
  const trained = data.trained.filter((one) => one.dataset === dataset && one.groups.length).map(trainedPoint);
  return [...published, ...trained].filter((point) => point.cost).sort((a, b) => a.cost - b.cost);
}

function publishedPoint(one) {
  const credited = one.cites ? `, credited to ${one.cites}` : "";
  const model = modelByName.get(one.model);
  const size = one.size ?? model?.size; // an accuracy is of one size: the reader's choice does not move it
  const found = model && operationsAt(model, size);
  const early = one.threshold !== null;
  const cost = early
    ? state.convention.name === "ravit"
      ? one.cost_printed
      : null
    : found && price(found.groups, state.convention);
  return {
    name: early ? `${one.system}, T ${one.threshold}` : one.model,
    group: "published",
    paper: one.paper,
    cost,
    accuracy: one.accuracy,
    images: one.images,
    early,
    lines: [
      `${one.printed} % published: ${data.papers[one.paper].title}, ${one.where}, ${one.row}${credited}`,
      early
        ? `cost as printed, ${one.cost_text}: the share of images that leave early is not in our counts`
        : `${size}²${one.size ? ", as the paper states" : ", the model’s own: the paper states none"}; ${model?.source}`,
    ],
  };
}

function seedsOf(values) {
  if (values.length === 1) return "1 seed";
  return `${values.length} seeds (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
}

function trainedPoint(one) {
  const values = Object.values(one.accuracies);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const failed = one.failed ? `, ${one.failed} failed` : "";
  const spread =
    values.length > 1 ? Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1)) : 0;
  return {
    name: one.model,
    group: one.experiment,
    paper: null,
    trained: true,
    cost: price(one.groups, state.convention),
    accuracy: mean,
    images: one.images,
    seedDeviation: spread / Math.sqrt(values.length),
    lines: [
      `${mean.toFixed(2)} % trained here: ${one.experiment}, ${one.epochs} epochs, ${seedsOf(values)}${failed}`,
      `${one.size}²; ${one.file}; ${one.conditions.accelerator ?? one.conditions.cpu ?? "machine not recorded"}`,
    ],
  };
}

function initScatter() {
  const found = [...new Set([...data.published, ...data.trained].map((one) => one.dataset))];
  const counts = (name) =>
    [...data.published.filter((one) => one.model), ...data.trained].filter((one) => one.dataset === name).length;
  const offered = found.filter((name) => counts(name) > 1);
  fillSelect(
    byId("scatter-dataset"),
    offered.map((name) => [name, nameOf(name)]),
    offered.includes("imagenet") ? "imagenet" : offered[0],
  );
  const figure = byId("scatter-plot");
  const render = drawn(figure, "accuracy-against-cost", (width) => drawScatter(figure, width));
  whenEdited(["scatter-dataset"], () => {
    walker = 0;
    render();
    read(null);
  });
  whenEdited(["scatter-log"], render);
  whenChosen(() => {
    render();
    read(null);
  });
}

function drawScatter(figure, width) {
  const points = scatterPoints(byId("scatter-dataset").value);
  if (!points.length) {
    figure.replaceChildren(el("p", { class: "small" }, "No model of this data set has a cost at this image size."));
    return;
  }
  const best = fronts(points);
  const box = { left: 48, right: width - 12, top: 34, bottom: (width < 560 ? 340 : 460) - 44 };
  const costs = points.map((point) => point.cost),
    accuracies = points.map((point) => point.accuracy);
  const log = byId("scatter-log").checked;
  const low = Math.min(...costs),
    high = Math.max(...costs);
  const pad = (Math.max(...accuracies) - Math.min(...accuracies) || 1) * 0.08;
  const x = scale(log ? low / 1.18 : 0, log ? high * 1.18 : high * 1.05, box.left, box.right, log);
  const y = scale(Math.min(...accuracies) - pad, Math.max(...accuracies) + pad, box.bottom, box.top);
  const lead = best.flat();
  const room = width < 560 ? 7.2 : 11; // width of the widest mark and its border, pixels
  const order = [...lead, ...points.filter((point) => !lead.includes(point))]; // the fronts' marks stay in place
  const places = apart(
    order.map((point) => [x(point.cost), y(point.accuracy)]),
    room,
  );
  const spot = (point) => places[order.indexOf(point)];
  const marks = points.map((point, index) => scatterMark(point, index, points, spot(point), 0.32 * room));
  const steps = best.map((points) =>
    points.map((point, i) => `${i ? `H${x(point.cost)}V` : `M${x(point.cost)} `}${y(point.accuracy)}`).join(""),
  );
  const chart = svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${box.bottom + 44}`,
      role: "group",
      tabindex: 0,
      "aria-label": `Accuracy against cost, ${points.length} points; arrow keys walk along them`,
      onkeydown: (event) => walk(event, points),
    },
    axes(box, x, y, {
      xName: `${units(state.convention)} per image, ${state.convention.name}`,
      yName: "top-1 accuracy, %",
      xText: (v) => scaled(v, 0).replace(".0", ""),
      yText: (v) => String(v),
    }),
    steps.map((line) => svg("path", { class: "front", d: `${line}H${box.right}` })),
    marks,
    labels(
      lead.map((point) => [x(point.cost), y(point.accuracy), point.name]),
      places,
      box,
      best.flatMap((line) => stretches(line.map((point) => [x(point.cost), y(point.accuracy)]), box.right)),
    ),
  );
  const sources = [...Object.keys(data.papers), null].filter((one) => points.some((point) => point.paper === one));
  figure.replaceChildren(
    chart,
    legend([
      ...sources.map((paper) => [
        paper === null ? "trained here" : `published: ${data.papers[paper].short}`,
        { class: `point c${look(paper)} ${paper === null ? "solid" : ""}` },
        look(paper),
      ]),
      ...(points.some((point) => point.early)
        ? [["published, early exit: cost as printed", { class: "point c4" }, 4]]
        : []),
      ["Pareto fronts: published, and of each recipe trained here", { class: "front" }, "line"],
      ["marks that would overlap are moved sideways", { class: "point" }, 0],
    ]),
  );
}

const OWN = 4; // colour and shape of our own trainings; the papers take turns with the four before it

function look(paper) {
  return paper === null ? OWN : Object.keys(data.papers).indexOf(paper) % OWN;
}

function scatterMark(point, index, points, [x, y], r) {
  const tip = (event) =>
    showTip(
      [
        el("b", {}, point.name),
        el(
          "div",
          {},
          `${scaled(point.cost)} ${units(state.convention)}, ${point.accuracy.toFixed(2).replace(/0$/, "")} %`,
        ),
      ],
      event.clientX,
      event.clientY,
    );
  return mark(point.early ? OWN : look(point.paper), x, y, r, {
    class: `point c${look(point.paper)}${point.trained ? " solid" : ""}`,
    "data-index": index,
    onmousemove: tip,
    onmouseleave: hideTip,
    onclick: () => {
      walker = index;
      read(point, points);
    },
    onmouseenter: () => read(point, points),
  });
}

function walk(event, points) {
  const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
  if (event.key in moves) walker = (walker + moves[event.key] + points.length) % points.length;
  else if (event.key === "Home") walker = 0;
  else if (event.key === "End") walker = points.length - 1;
  else if (event.key !== "Enter") return;
  event.preventDefault();
  read(points[walker], points);
}

/** Everything about one point below the chart; the front where none is chosen. */
function read(point, points = scatterPoints(byId("scatter-dataset").value)) {
  document.querySelectorAll("#scatter-plot .chosen").forEach((one) => one.classList.remove("chosen"));
  if (!point) {
    const lines = fronts(points).map(
      (best) => `Pareto front, ${best[0].group}, cheapest first: ${best.map((one) => one.name).join(", ")}.`,
    );
    byId("scatter-reading").replaceChildren(...lines.map((line) => el("p", {}, line)));
    return;
  }
  document.querySelector(`#scatter-plot [data-index="${points.indexOf(point)}"]`)?.classList.add("chosen");
  const chance = onFront(point, points);
  byId("scatter-reading").replaceChildren(
    el(
      "p",
      {},
      el("b", {}, point.name),
      `: ${scaled(point.cost)} ${units(state.convention)} under ${state.convention.name}. `,
      chance === null
        ? "The number of test images is not known, so the probability of being on the front is not either."
        : `Probability of being on the front: ${chance.toFixed(2)}, as the accuracy is of ${grouped(point.images)} test images.`,
    ),
    ...point.lines.map((line) => el("p", { class: "small" }, line)),
    point.paper ? el("p", { class: "small" }, "Paper: ", paperLink(point.paper, 0)) : "",
  );
}
