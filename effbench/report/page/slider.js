/* A threshold moves a network with early exits along its curve of accuracy and cost. */

function initExits() {
  const found = data.exits[0];
  if (!found) {
    byId("exits-about").textContent =
      "No stored predictions were found: python experiments/digits_early_exit.py makes them.";
    return;
  }
  byId("exits-about").textContent = aboutExits(found);
  const last = found.steps.length - 1;
  const input = el("input", {
    type: "range",
    id: "threshold",
    min: 0,
    max: last,
    step: 1,
    value: guaranteedStep(found),
  });
  const figure = el("figure", { class: "plot", id: "exit-plot" });
  const readouts = el("div", { id: "exit-readouts", "aria-live": "polite" });
  const jump = (text, step) =>
    el(
      "button",
      {
        type: "button",
        class: "plain",
        onclick: () => {
          input.value = step;
          input.dispatchEvent(new Event("input"));
        },
      },
      text,
    );
  byId("exits-body").replaceChildren(
    el(
      "div",
      { class: "exit" },
      figure,
      el(
        "div",
        {},
        el("label", { class: "dial" }, el("span", {}, "Threshold: from never leaving early to always"), input),
        el(
          "div",
          { class: "presets" },
          jump("never", 0),
          found.guarantee.threshold === null
            ? null
            : jump(`lose at most ${found.guarantee.max_loss * 100} points`, guaranteedStep(found)),
          jump("always", last),
        ),
        readouts,
      ),
    ),
    el(
      "details",
      {},
      el("summary", {}, "Conditions of these numbers"),
      facts([
        ["predictions", found.files],
        ["made by", el("code", {}, found.made_by)],
        ["prices", `by formula, ${found.by}`],
        ["cost up to each exit", el("span", { id: "exit-costs" })],
        ["intervals", "95 %: Wilson for accuracy, 10,000 bootstraps over images for cost"],
        ["guarantee", aboutGuarantee(found)],
      ]),
    ),
  );
  const render = drawn(figure, "early-exit", (width) => drawCurve(figure, width, found, Number(input.value)));
  const update = () => {
    render();
    readouts.replaceChildren(...readStep(found, Number(input.value), input));
  };
  input.addEventListener("input", update);
  rememberControl("threshold");
  whenChosen(() => {
    byId("exit-costs").textContent = found.costs[state.convention.name]
      .map((cost) => `${scaled(cost)} ${units(state.convention)}`)
      .join(", ");
    update();
  });
}

function aboutExits(found) {
  const when = `when the ${found.score} there is ${found.leaves_below ? "below" : "at least"} the threshold`;
  const of = `${found.images} test images (${found.dataset}), heads, resizing and the score itself counted`;
  const others = found.calibration_images ? ` Thresholds are chosen on ${found.calibration_images} other images.` : "";
  return `Images leave ${found.model} at an early exit ${when}. Accuracy and mean cost are of ${of}.${others}`;
}

function aboutGuarantee(found) {
  const { delta, max_loss: loss, method } = found.guarantee;
  const images = `images like the ${found.calibration_images} others that chose the threshold`;
  return `with confidence ${1 - delta} accuracy is at most ${loss} below never exiting, on ${images} (${method})`;
}

/** The strictest step at the guaranteed threshold or beyond it. */
function guaranteedStep(found) {
  const wanted = found.guarantee.threshold;
  if (wanted === null) return 0;
  const past = (one) =>
    one.threshold === "always" || (found.leaves_below ? one.threshold > wanted : one.threshold < wanted);
  return found.steps.findIndex(past) - 1; // "never" is past nothing
}

function meanCost(found, step) {
  const costs = found.costs[state.convention.name];
  return found.steps[step].left.reduce((sum, images, exit) => sum + images * costs[exit], 0) / found.images;
}

function accuracyAt(found, step) {
  return found.steps[step].correct / found.images;
}

function readStep(found, at, input) {
  const step = found.steps[at],
    [low, high] = step.accuracy,
    ends = step.cost[state.convention.name];
  const cost = meanCost(found, at),
    saved = 1 - cost / meanCost(found, 0);
  const threshold = typeof step.threshold === "string" ? step.threshold : step.threshold.toPrecision(4);
  input.setAttribute(
    "aria-valuetext",
    `threshold ${threshold}, accuracy ${percent(accuracyAt(found, at))}, mean cost ${scaled(cost)} ${chosenUnits()}`,
  );
  const readout = (name, id, value, small) => [el("dt", {}, name), el("dd", { id }, value, el("small", {}, small))];
  const pair = (...content) => el("div", {}, content);
  const shares = step.left.map((images, exit) => {
    const part = el(
      "div",
      { title: `${images} of ${found.images} images leave at exit ${exit + 1}` },
      images / found.images > 0.22 ? `exit ${exit + 1}: ${percent(images / found.images)}` : "",
    );
    part.style.flexGrow = images;
    return images ? part : null;
  });
  return [
    el(
      "dl",
      { class: "readouts" },
      pair(
        ...readout(
          "Accuracy",
          "exit-accuracy",
          percent(accuracyAt(found, at)),
          `95 %: ${percent(low)} to ${percent(high)}`,
        ),
      ),
      pair(
        ...readout(
          `Mean cost, ${units(state.convention)}`,
          "exit-cost",
          scaled(cost, 2),
          `95 %: ${scaled(ends[0], 2)} to ${scaled(ends[1], 2)}`,
        ),
      ),
      pair(...readout("Threshold", "exit-threshold", threshold, found.score)),
      pair(...readout("Saved", "exit-saved", percent(saved), "against never leaving early")),
    ),
    el("div", { class: "shares" }, shares),
  ];
}

function drawCurve(figure, width, found, at) {
  const height = width < 480 ? 270 : 330;
  const box = { left: 44, right: width - 14, top: 32, bottom: height - 42 };
  const places = found.steps.map((step, i) => [meanCost(found, i), 100 * accuracyAt(found, i)]);
  const low = Math.min(...found.steps.map((step) => 100 * step.accuracy[0])),
    high = Math.max(...found.steps.map((step) => 100 * step.accuracy[1]));
  const x = scale(0, Math.max(...places.map(([cost]) => cost)) * 1.04, box.left, box.right);
  const y = scale(Math.floor(low), Math.min(100, Math.ceil(high)), box.bottom, box.top);
  const path = (points) => points.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
  const upper = found.steps.map((step, i) => [places[i][0], 100 * step.accuracy[1]]),
    lower = found.steps.map((step, i) => [places[i][0], 100 * step.accuracy[0]]);
  const [cost, accuracy] = places[at],
    step = found.steps[at],
    ends = step.cost[state.convention.name];
  const first = found.costs[state.convention.name][0];
  figure.replaceChildren(
    svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": `Accuracy against mean cost of ${found.model} over all thresholds`,
      },
      axes(box, x, y, {
        xName: `mean ${units(state.convention)} per image, ${state.convention.name}`,
        yName: "accuracy, %",
        xText: (v) => scaled(v, 1).replace(".0", ""),
        yText: (v) => String(v),
      }),
      svg("path", { class: "band", d: `${path(upper)}${path(lower.reverse()).replace("M", "L")}Z` }),
      svg("path", { class: "curve", d: path(places) }),
      svg("line", { class: "axis", x1: x(ends[0]), x2: x(ends[1]), y1: y(accuracy), y2: y(accuracy) }),
      svg("line", {
        class: "axis",
        x1: x(cost),
        x2: x(cost),
        y1: y(100 * step.accuracy[0]),
        y2: y(100 * step.accuracy[1]),
      }),
      svg("circle", { class: "point solid c1", cx: x(cost), cy: y(accuracy), r: 7 }),
      svg("text", { x: x(first), y: box.bottom - 8, "text-anchor": "start" }, "← all at exit 1"),
      svg("text", { x: x(places[0][0]), y: box.bottom - 8, "text-anchor": "end" }, "never early →"),
    ),
  );
}
