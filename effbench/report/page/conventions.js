/* The price rows side by side, and what each convention is and where it was observed. */

function initConventions() {
  const used = data.kinds
    .map((kind, number) => ({ ...kind, number }))
    .filter((kind) => data.conventions.some((one) => one.price[kind.number]));
  const rows = data.conventions.map((one) =>
    el(
      "tr",
      { "data-name": one.name },
      el("th", { scope: "row" }, one.name),
      el("td", {}, one.unit),
      el("td", {}, scopeText(one)),
      used.map((kind) =>
        el("td", { class: `num${one.price[kind.number] ? "" : " zero"}` }, String(one.price[kind.number] ?? "·")),
      ),
    ),
  );
  byId("convention-table").replaceChildren(
    el(
      "table",
      { class: "matrix short" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", {}, "convention"),
          el("th", {}, "unit"),
          el("th", {}, "modules"),
          used.map((kind) => el("th", { class: "kind", title: kind.doc }, kind.name)),
        ),
      ),
      el("tbody", {}, rows),
    ),
  );
  byId("convention-list").replaceChildren(
    el(
      "dl",
      { class: "convention-list" },
      data.conventions.flatMap((one) => [
        el("dt", {}, one.name),
        el("dd", {}, `${one.doc}. Observed in: ${one.source}.`),
      ]),
    ),
  );
  whenChosen(() => rows.forEach((row) => row.classList.toggle("current", row.dataset.name === state.convention.name)));
}

function scopeText(one) {
  const only = one.include.length === 1 && one.include[0] === "*" ? "all" : `only ${one.include.join(", ")}`;
  return one.exclude.length ? `${only} but ${one.exclude[0]}` : only;
}
