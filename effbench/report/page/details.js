/* What stands behind a model's row: its cost under every convention, its parts, how we know, what papers print. */

/** The cost of operations under every convention, cheapest first; `printed` marks a published figure. */
function everyConvention(groups, printed = null) {
  const lines = data.conventions.map((one) => ({ one, value: price(groups, one) })).sort((a, b) => a.value - b.value);
  const largest = Math.max(...lines.map((line) => line.value), printed ?? 0) || 1;
  return bars(
    lines.map(({ one, value }) => ({
      name: one.name,
      title: `${one.doc}. Price everything under ${one.name}.`,
      value: `${scaled(value)} ${units(one)}`,
      share: value / largest,
      current: one === state.convention,
      printed: printed === null ? null : printed / largest,
      choose: () => choose({ convention: one }),
    })),
  );
}

function modelDetails(model) {
  const found = operationsAt(model, state.size) ?? operationsAt(model, "own");
  if (!found) return el("p", {}, "Its operations are not known.");
  const size = operationsAt(model, state.size) && state.size !== "own" ? state.size : model.size;
  return el(
    "div",
    {},
    el(
      "div",
      { class: "detail-grid" },
      el("div", {}, el("h3", { class: "head" }, `Under every convention, one image of ${size}²`), everyConvention(found.groups)),
      el(
        "div",
        {},
        el("h3", { class: "head" }, `Where they go, under ${state.convention.name}`),
        parts(found.groups),
        kinds(found.groups),
      ),
      el("div", {}, el("h3", { class: "head" }, "How we know"), provenance(model, found, size)),
      el("div", {}, el("h3", { class: "head" }, "What papers print of it"), printedOf(model)),
    ),
  );
}

function parts(groups) {
  const found = priceByPart(groups, state.convention);
  const total = found.reduce((sum, [, value]) => sum + value, 0);
  if (!total) return el("p", { class: "small" }, "Nothing of it is counted.");
  return bars(
    found
      .filter(([, value]) => value)
      .map(([label, value]) => ({
        name: label,
        value: `${scaled(value, 2)}  ${percent(value / total)}`,
        share: value / total,
      })),
  );
}

function kinds(groups) {
  const rows = priceByKind(groups, state.convention);
  return el(
    "details",
    {},
    el("summary", {}, "By kind of operation"),
    el(
      "table",
      { class: "inner" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", {}, "kind"),
          el("th", { class: "num" }, "how many"),
          el("th", { class: "num" }, "price"),
          el("th", { class: "num" }, "cost"),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map(([kind, count, cost]) =>
          el(
            "tr",
            {},
            el("td", { title: data.kinds[kind].doc }, el("code", {}, data.kinds[kind].name)),
            el("td", { class: "num" }, grouped(count)),
            el("td", { class: "num" }, String(state.convention.price[kind] ?? 0)),
            el("td", { class: "num" }, grouped(cost)),
          ),
        ),
      ),
    ),
  );
}

function provenance(model, found, size) {
  const params = countOf(found.groups, state.convention, data.param);
  return facts([
    ["source", model.source === "analytic" ? "analytic: by formula" : "counted: from the network"],
    ["by", model.by],
    ["exact cost", `${grouped(price(found.groups, state.convention))} ${chosenUnits()}, one image of ${size}²`],
    ["parameters", `${grouped(params)} in the modules ${state.convention.name} looks at`],
    ["peak activations", found.peak === null ? "no formula" : `${bytes(found.peak)}, fp32, inference, predicted`],
    ["without a price", model.uncounted.join(", ")],
    ["exits", model.exits > 1 ? `${model.exits}; the cost is that of passing all` : ""],
    [
      "other sizes",
      Object.entries(model.absent)
        .map(([side, why]) => `${side}²: ${why}`)
        .join("; "),
    ],
    ["described in", model.described],
    ["command", el("code", {}, `effbench flops ${model.name} --size ${size} --convention ${state.convention.name}`)],
  ]);
}

function printedOf(model) {
  const claims = data.claims.filter((claim) => claim.model === model.name);
  if (!claims.length) return el("p", { class: "small" }, "Nothing: it stands in none of the papers’ tables.");
  return el(
    "table",
    { class: "inner" },
    el(
      "tbody",
      {},
      claims.map((claim) =>
        el(
          "tr",
          {},
          el("td", {}, `${data.papers[claim.paper].short}, ${claim.where}`),
          el("td", {}, claim.column || claim.metric),
          el("td", { class: "num" }, claim.printed),
          el("td", {}, verdict(claim)),
        ),
      ),
    ),
  );
}

/** A verdict with the convention it holds under. */
function verdict(claim) {
  const counted = claim.stand === "holds" && claim.under && claim.readings.length;
  const under = counted ? (claim.metric === "flops" ? ` under ${claim.under}` : `, ${claim.under}`) : "";
  return el("span", { class: `verdict ${claim.stand}` }, `${claim.verdict}${under}`);
}
