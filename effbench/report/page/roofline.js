/* Blocks and models under the ceilings of the machine they were measured on. */

function initRoofline() {
  const body = byId("roofline-body");
  if (!data.rooflines.length) {
    body.replaceChildren(
      el(
        "p",
        { class: "small" },
        "No roofline was recorded: effbench roofline MODEL --out reports/roofline measures one.",
      ),
    );
    return;
  }
  body.replaceChildren(
    ...data.rooflines.map((one) => {
      const figure = el("figure", { class: "plot" });
      const whole = el("div", {}, figure);
      drawn(figure, "roofline", (width) => drawRoofline(figure, width, one));
      const first = one.rows[0];
      return el(
        "div",
        {},
        el(
          "p",
          { class: "about" },
          `Each small open mark is a block, each large filled one a whole model as it ran: ${setting(first)}.`,
        ),
        whole,
        el(
          "details",
          {},
          el("summary", {}, "Conditions of these numbers"),
          ...one.conditions.map((line) => el("p", { class: "small" }, line)),
          el("p", { class: "small" }, `Record: ${one.file}`),
        ),
      );
    }),
  );
}

function drawRoofline(figure, width, one) {
  const height = width < 560 ? 330 : 420;
  const box = { left: 48, right: width - 14, top: 32, bottom: height - 42 };
  const rows = one.rows.filter((row) => row.intensity > 0);
  const models = [...new Set(rows.map((row) => row.model))];
  const ridge = one.flop_per_s / one.byte_per_s;
  const low = Math.min(ridge, ...rows.map((row) => row.intensity)) / 1.6,
    high = Math.max(ridge, ...rows.map((row) => row.intensity)) * 2;
  const floor = Math.min(...rows.map((row) => row.attainable_flop_per_s)) / 2;
  const x = scale(low, high, box.left, box.right, true),
    y = scale(floor, one.flop_per_s * 1.5, box.bottom, box.top, true);
  const start = Math.max(low, floor / one.byte_per_s);
  const marks = rows.flatMap((row) => rooflineMarks(row, models.indexOf(row.model), x, y));
  figure.replaceChildren(
    svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Roofline" },
      axes(box, x, y, {
        xName: "FLOP per byte",
        yName: "GFLOP/s",
        xText: (v) => String(Number(v.toPrecision(2))),
        yText: (v) => String(Number((v / 1e9).toPrecision(2))),
      }),
      svg("path", {
        class: "roof",
        d: `M${x(start)} ${y(start * one.byte_per_s)}L${x(ridge)} ${y(one.flop_per_s)}H${box.right}`,
      }),
      svg(
        "text",
        { x: box.right, y: y(one.flop_per_s) - 8, "text-anchor": "end" },
        `matrix product ${(one.flop_per_s / 1e9).toFixed(1)} GFLOP/s`,
      ),
      svg(
        "text",
        { x: x(Math.sqrt(start * ridge)) + 9, y: y(Math.sqrt(start * ridge) * one.byte_per_s) + 15 },
        `copy ${(one.byte_per_s / 1e9).toFixed(1)} GB/s`,
      ),
      marks,
    ),
    legend(models.map((name, i) => [name, { class: `point solid c${i % 5}` }, i % 4])),
  );
}

function rooflineMarks(row, index, x, y) {
  const whole = row.record === "model" && row.measured_seconds;
  const reached = whole ? (2 * row.macs) / row.measured_seconds : row.attainable_flop_per_s;
  const name = row.record === "model" ? row.model : `${row.model}, ${row.block}`;
  const said = whole
    ? `${(reached / 1e9).toFixed(1)} GFLOP/s, ${percent(row.attained_share, 0)} of what is attainable`
    : `attainable ${(reached / 1e9).toFixed(1)} GFLOP/s, ${row.bound}-bound`;
  const tip = (event) => showTip([el("b", {}, name), el("div", {}, said)], event.clientX, event.clientY);
  return [
    mark(index % 4, x(row.intensity), y(reached), whole ? 7 : 3.5, {
      class: `point c${index % 5}${whole ? " solid" : ""}`,
      onmousemove: tip,
      onmouseleave: hideTip,
    }),
  ];
}
