/* Tables that sort by any column and open a row for its details. */

/**
 * columns: { name, value(row) for sorting, show(row), numeric, wide and middle (left out on small screens), first }.
 * Rows open to details(row). Returns { render(rows) }.
 */
function sortable(container, columns, details, key, order) {
  let { column, ascending } = order;
  let shown = [];
  const opened = new Set();
  const body = el("tbody");
  const heads = columns.map((one, index) =>
    el(
      "th",
      { scope: "col", class: classes(one) },
      el("button", { type: "button", onclick: () => sortBy(index) }, el("span", {}, one.name)),
    ),
  );
  container.replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, heads)), body));

  function classes(one) {
    return [one.numeric ? "num" : "", one.wide ? "wide" : "", one.middle ? "middle" : ""].join(" ").trim() || null;
  }

  function sortBy(index) {
    ascending = index === column ? !ascending : !columns[index].numeric;
    column = index;
    fill();
  }

  /** Rows without a value come last, whichever way. */
  function compare(a, b) {
    const [x, y] = [columns[column].value(a), columns[column].value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    const order = typeof x === "string" ? x.localeCompare(y, "en") : x - y;
    return ascending ? order : -order;
  }

  function fill() {
    heads.forEach((head, index) => {
      head.setAttribute("aria-sort", index === column ? (ascending ? "ascending" : "descending") : "none");
      head.querySelector("span").textContent =
        typeof columns[index].name === "function" ? columns[index].name() : columns[index].name;
    });
    body.replaceChildren(...[...shown].sort(compare).flatMap(line));
  }

  function line(row) {
    const open = opened.has(key(row));
    const cells = columns.map((one) => {
      const content = one.show(row);
      const inside = one.first
        ? el(
            "button",
            { type: "button", class: "open", "aria-expanded": String(open), onclick: (event) => toggle(row, event) },
            el("span", {}, content),
          )
        : content;
      return el(
        "td",
        { class: [classes(one), one.value(row) === null ? "absent" : ""].filter(Boolean).join(" ") || null },
        inside,
      );
    });
    const shownRow = el("tr", { class: `row${open ? " open" : ""}`, "data-key": key(row) }, cells);
    return open
      ? [shownRow, el("tr", { class: "detail" }, el("td", { colspan: columns.length }, details(row)))]
      : [shownRow];
  }

  function toggle(row, event) {
    const name = key(row);
    if (!opened.delete(name)) opened.add(name);
    const old = event.currentTarget.closest("tr");
    if (old.nextElementSibling?.classList.contains("detail")) old.nextElementSibling.remove();
    const made = line(row);
    old.replaceWith(...made);
    made[0].querySelector("button.open").focus();
  }

  return {
    render(rows) {
      shown = rows;
      fill();
    },
  };
}

const accuraciesOf = new Map();
for (const one of data.published) {
  if (one.model && !one.threshold) accuraciesOf.set(one.model, [...(accuraciesOf.get(one.model) ?? []), one]);
}

/** The accuracy shown for a model: of ImageNet where there is one, and of several the first paper's. */
function accuracyOf(model) {
  const found = accuraciesOf.get(model.name) ?? [];
  return found.find((one) => one.dataset === "imagenet") ?? found[0] ?? null;
}

function modelColumns() {
  const at = (model) => operationsAt(model, state.size);
  const priced = (model) => (at(model) ? price(at(model).groups, state.convention) : null);
  const params = (model) => (at(model) ? countOf(at(model).groups, state.convention, data.param) : null);
  return [
    { name: "Model", first: true, value: (model) => model.name, show: (model) => breakable(model.name) },
    { name: "Family", wide: true, value: (model) => model.family, show: (model) => model.family },
    {
      name: "Papers",
      wide: true,
      value: (model) => model.papers.join(" ") || null,
      show: (model) => model.papers.join(", ") || "–",
    },
    {
      name: "Image",
      numeric: true,
      wide: true,
      value: (model) => (state.size === "own" ? model.size : Number(state.size)),
      show: (model) => `${state.size === "own" ? model.size : state.size}²`,
    },
    {
      name: "Params",
      numeric: true,
      middle: true,
      value: params,
      show: (model) => (at(model) ? scaled(params(model), 2) : "–"),
    },
    {
      name: () => units(state.convention),
      numeric: true,
      value: priced,
      show: (model) => costCell(model, priced(model)),
    },
    {
      name: "Peak act.",
      numeric: true,
      wide: true,
      value: (model) => at(model)?.peak ?? null,
      show: (model) => (at(model)?.peak ? bytes(at(model).peak) : "–"),
    },
    {
      name: "Top-1, published",
      numeric: true,
      value: (model) => accuracyOf(model)?.accuracy ?? null,
      show: accuracyCell,
    },
    {
      name: "Known by",
      wide: true,
      value: (model) => model.source,
      show: (model) => el("span", { title: model.by }, model.source),
    },
  ];
}

function costCell(model, value) {
  if (value === null) return el("span", { title: model.absent[state.size] ?? "not known" }, "–");
  return el(
    "span",
    { class: "cost", title: `${grouped(value)} ${units(state.convention)} under ${state.convention.name}` },
    scaled(value),
  );
}

function accuracyCell(model) {
  const found = accuracyOf(model);
  if (!found) return "–";
  const others = (accuraciesOf.get(model.name) ?? []).length - 1;
  const more = others ? `; ${others} more published` : "";
  return el(
    "span",
    { title: `${found.dataset}, ${data.papers[found.paper].title}, ${found.where}${more}` },
    `${found.printed} %`,
    found.dataset === "imagenet" ? "" : el("span", { class: "sub" }, ` ${found.dataset}`),
  );
}

function initModels() {
  const papers = Object.entries(data.papers).map(([key, paper]) => [key, paper.short]);
  fillSelect(byId("model-paper"), [["", "all"], ...papers], "");
  fillSelect(
    byId("model-family"),
    [["", "all"], ...[...new Set(data.models.map((model) => model.family))].sort().map((name) => [name, name])],
    "",
  );
  const table = sortable(byId("model-table"), modelColumns(), modelDetails, (model) => model.name, {
    column: 5,
    ascending: true,
  });
  const render = () => {
    const rows = data.models.filter(wantedModel);
    const without = rows.filter((model) => !operationsAt(model, state.size)).length;
    const dashes = without ? `; ${without} without a count at ${state.size}² (the dash says why)` : "";
    byId("model-count").textContent = `${rows.length} of ${data.models.length} models${dashes}`;
    table.render(rows);
  };
  whenEdited(["model-search", "model-paper", "model-family", "model-published"], render);
  whenChosen(render);
}

function wantedModel(model) {
  const words = byId("model-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [model.name, model.family, ...model.papers].join(" ").toLowerCase();
  return (
    words.every((word) => text.includes(word)) &&
    (!byId("model-paper").value || model.papers.includes(byId("model-paper").value)) &&
    (!byId("model-family").value || model.family === byId("model-family").value) &&
    (!byId("model-published").checked || accuracyOf(model) !== null)
  );
}
