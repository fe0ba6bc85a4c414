/* The table of the registry's models. */

const accuraciesOf = new Map();
for (const one of data.published) {
  if (one.model && !one.threshold) accuraciesOf.set(one.model, [...(accuraciesOf.get(one.model) ?? []), one]);
}

/** The accuracy shown for a model: of the chosen data set alone, and of several the first paper's. */
function accuracyOf(model) {
  const found = accuraciesOf.get(model.name) ?? [];
  return found.find((one) => one.dataset === byId("model-dataset").value) ?? null;
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
      show: (model) => (model.papers.length ? el("span", {}, model.papers.flatMap(paperLink)) : "–"),
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
      name: () => `Top-1, ${nameOf(byId("model-dataset").value)}`,
      numeric: true,
      value: (model) => accuracyOf(model)?.accuracy ?? null,
      show: accuracyCell,
    },
    {
      name: "Source",
      wide: true,
      value: (model) => model.source,
      show: (model) => el("span", { title: model.by }, model.source),
    },
  ];
}

/** Links to papers by their keys, with commas between. */
function paperLink(key, i) {
  const link = el("a", { href: data.papers[key].url, title: data.papers[key].title }, data.papers[key].short);
  return i ? [", ", link] : [link];
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
  const others = (accuraciesOf.get(model.name) ?? []).filter((one) => one.dataset === found.dataset).length - 1;
  const more = others ? `; ${others} more published` : "";
  return el(
    "span",
    { title: `published: ${data.papers[found.paper].title}, ${found.where}${more}` },
    `${found.printed} %`,
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
  const datasets = [...new Set([...accuraciesOf.values()].flat().map((one) => one.dataset))];
  fillSelect(
    byId("model-dataset"),
    datasets.map((name) => [name, nameOf(name)]),
    "imagenet",
  );
  const table = sortable(byId("model-table"), modelColumns(), {
    name: "models",
    key: (model) => model.name,
    details: modelDetails,
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
  whenEdited(["model-search", "model-paper", "model-family", "model-dataset", "model-published"], render);
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
