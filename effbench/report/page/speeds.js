/* Claimed, predicted and measured ratios of time, on one axis: time of a step over that of the model compared with. */

/** A figure in % is that share of the time; in x, the inverse. */
function timeRatio(value, unit) {
  return value === null ? null : unit === "%" ? value / 100 : 1 / value;
}

function initSpeeds() {
  const figure = byId("speeds-plot");
  if (!data.speeds.length) {
    figure.replaceChildren(el("p", { class: "small" }, "No claim of speed has a measurement."));
    return;
  }
  drawn(figure, "speed-ratios", (width) => drawSpeeds(figure, width));
  byId("speeds-body").replaceChildren(...data.speeds.map(speedDetails));
}

function drawSpeeds(figure, width) {
  const narrow = width < 640;
  const lineHeight = narrow ? 66 : 52;
  const texts = data.speeds.map((one) => [
    `${one.model}, ${one.task === "train" ? "training" : "inference"}`,
    `against ${one.against}, ${one.where}`,
  ]);
  const widest = Math.max(...texts.flat().map(textWidth));
  const box = { left: narrow ? 12 : Math.min(width / 2, widest + 28), right: width - 20, top: 30, bottom: 30 + data.speeds.length * lineHeight };
  const ends = data.speeds
    .flatMap((one) =>
      [one.claimed, one.predicted, one.low, one.high, one.measured].map((value) => timeRatio(value, one.unit)),
    )
    .filter((value) => value !== null);
  const x = scale(0, Math.max(1, ...ends) * 1.06, box.left, box.right);
  const chart = svg("svg", {
    viewBox: `0 0 ${width} ${box.bottom + 44}`,
    role: "img",
    "aria-label": "Claimed, predicted and measured ratios of time",
  });
  for (const tick of x.ticks(narrow ? 4 : 7)) {
    chart.append(
      svg("line", { class: tick === 1 ? "axis" : "grid", x1: x(tick), x2: x(tick), y1: box.top - 8, y2: box.bottom }),
      svg("text", { x: x(tick), y: box.bottom + 17, "text-anchor": "middle" }, String(tick)),
    );
  }
  chart.append(
    svg(
      "text",
      { x: box.right, y: box.bottom + 36, "text-anchor": "end" },
      narrow
        ? "time, relative; 1 = the model compared with"
        : "time of a step, relative to the model compared with (1 = as long)",
    ),
  );
  data.speeds.forEach((one, i) => {
    const y = box.top + (i + (narrow ? 0.72 : 0.5)) * lineHeight;
    const at = (value) => x(timeRatio(value, one.unit));
    const [title, against] = texts[i];
    chart.append(
      svg("text", { class: "label", x: narrow ? box.left : 12, y: narrow ? y - 26 : y - 3 }, title),
      svg("text", { x: narrow ? box.left : 12, y: narrow ? y - 12 : y + 13 }, against),
    );
    chart.append(mark(3, at(one.claimed), y, 6, { class: "point c1" }));
    if (one.predicted !== null) chart.append(mark(1, at(one.predicted), y, 5, { class: "point c2" }));
    if (one.measured === null) return;
    if (one.low !== null)
      chart.append(svg("line", { class: "stroke c0", x1: at(one.low), x2: at(one.high), y1: y, y2: y }));
    chart.append(mark(0, at(one.measured), y, 5.5, { class: "point solid c0" }));
  });
  figure.replaceChildren(
    chart,
    legend([
      ["claimed in the paper", { class: "point c1" }, 3],
      ["predicted by multiply-accumulates", { class: "point c2" }, 1],
      ["measured here, 95 % interval", { class: "point solid c0" }, 0],
    ]),
  );
}

function speedDetails(one) {
  const what = one.metric === "flops" ? "FLOPs" : one.metric.replace("_", " ");
  const unsteady = one.steady ? "" : "; not steady after warm-up";
  const number = (value) => (value === null ? "–" : `${value.toFixed(one.unit === "%" ? 1 : 2)} ${one.unit}`);
  const measured =
    one.measured === null
      ? "not measured"
      : `${number(one.measured)}${one.low === null ? "" : ` (95 %: ${number(one.low)} to ${number(one.high)})`}`;
  return el(
    "details",
    {},
    el("summary", {}, `${one.model}, ${one.task === "train" ? "training" : "inference"}: ${one.verdict}`),
    facts([
      ["claimed", `${one.printed}, of ${what}: ${data.papers[one.paper].title}, ${one.where}`],
      ["predicted", one.predicted === null ? `not predicted: ${one.not_predicted}` : number(one.predicted)],
      ["measured", measured],
      ["what it is not", one.detail],
      [
        "how",
        one.sets === null
          ? ""
          : `${one.sets} sets in lock-step by ${one.clock} time, ${setting(one)}${unsteady}; ended ${one.ended}`,
      ],
      [
        "machine",
        one.cpu === null
          ? ""
          : `${one.accelerator ?? one.cpu}, ${one.cores} cores, ${one.system}, load up to ${one.load}`,
      ],
      ["libraries", one.libraries],
      ["revision", one.commit === null ? "" : `${one.commit}${one.dirty ? ", with changes" : ""}`],
    ]),
  );
}
