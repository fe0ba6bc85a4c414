/* Latency, throughput and memory of models that were measured alone. */

function seconds(value) {
  const [factor, unit] = value >= 1 ? [1, "s"] : value >= 1e-3 ? [1e3, "ms"] : [1e6, "µs"];
  return `${(value * factor).toPrecision(4)} ${unit}`;
}

const PROFILE_COLUMNS = [
  { name: "Model", first: true, value: (row) => row.model, show: (row) => breakable(row.model) },
  { name: "Image", numeric: true, wide: true, value: (row) => row.size, show: (row) => `${row.size}²` },
  { name: "Batch", numeric: true, wide: true, value: (row) => row.batch, show: (row) => String(row.batch) },
  { name: "Latency", numeric: true, value: (row) => row.latency, show: (row) => seconds(row.latency) },
  {
    name: "95 % interval",
    numeric: true,
    wide: true,
    value: (row) => row.latency_low,
    show: (row) => (row.latency_low === null ? "–" : `${seconds(row.latency_low)} to ${seconds(row.latency_high)}`),
  },
  { name: "Images/s", numeric: true, value: (row) => row.throughput, show: (row) => row.throughput.toPrecision(4) },
  {
    name: "Peak, predicted",
    numeric: true,
    wide: true,
    value: (row) => row.peak_predicted,
    show: (row) => (row.peak_predicted === null ? "–" : bytes(row.peak_predicted)),
  },
  {
    name: "Peak, measured",
    numeric: true,
    wide: true,
    value: (row) => row.peak_memory,
    show: (row) =>
      row.peak_memory === null ? el("span", { title: row.peak_memory_reason }, "–") : bytes(row.peak_memory),
  },
];

function initProfiles() {
  if (!data.profiles.length) {
    byId("profiles-body").replaceChildren(
      el(
        "p",
        { class: "small" },
        "No profile was recorded: effbench profile MODEL --journal reports/profile/FILE.jsonl measures one.",
      ),
    );
    return;
  }
  const container = el("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Profiles" });
  byId("profiles-body").replaceChildren(
    el("p", { class: "about" }, "Each model in fresh processes of its own. Open a row for what it was measured under."),
    container,
  );
  sortable(container, PROFILE_COLUMNS, {
    name: "profiles",
    key: (row) => `${row.file} ${row.model} ${row.batch}`,
    details: profileDetails,
    column: 3,
    ascending: true,
  }).render(data.profiles);
}

function profileDetails(row) {
  return el(
    "div",
    {},
    facts([
      ["setting", `${row.task === "train" ? "training" : "inference"}, ${setting(row)}, ${row.mode}`],
      [
        "sampled",
        `${row.samples} steps in ${row.processes} processes${row.steady ? "" : "; not steady after warm-up"}`,
      ],
      ["machine", `${row.accelerator ?? row.cpu}, ${row.cores} cores, ${row.system}, load up to ${row.load}`],
      ["libraries", row.libraries],
      ["revision", row.commit === null ? "" : `${row.commit}${row.dirty ? ", with changes" : ""}`],
      ["record", row.file],
      ["command", el("code", {}, row.command)],
    ]),
  );
}
