/* The audit: every published figure with its verdict and evidence, and what does not fit together inside a paper. */

const STANDS = [
  ["", "all"],
  ["holds", "holds"],
  ["against", "does not hold"],
  ["open", "not checked"],
];

function initClaims() {
  fillSelect(
    byId("claim-paper"),
    [["", "all"], ...Object.entries(data.papers).map(([key, paper]) => [key, paper.short])],
    "",
  );
  fillSelect(byId("claim-verdict"), STANDS, "");
  byId("findings").replaceChildren(findings());
  const table = sortable(byId("claim-table"), CLAIM_COLUMNS, {
    name: "claims",
    key: (claim) => `${claim.paper}/${claim.id}`,
    details: claimDetails,
    paged: true,
    column: 4,
    ascending: true,
  });
  const render = () => {
    const rows = data.claims.filter(wantedClaim);
    byId("claim-count").textContent = `${rows.length} of ${data.claims.length} published figures`;
    table.render(rows);
  };
  whenEdited(["claim-search", "claim-paper", "claim-verdict"], render);
  render();
}

const SHOWN = 2; // findings of each paper that are seen at once

const RANK = { against: 0, holds: 1, open: 2 };

const CLAIM_COLUMNS = [
  { name: "Figure", first: true, value: (claim) => figureName(claim), show: (claim) => figureName(claim) },
  {
    name: "Where",
    wide: true,
    value: (claim) => `${claim.paper} ${claim.where}`,
    show: (claim) => el("span", {}, data.papers[claim.paper].short, ", ", claim.where),
  },
  {
    name: "Printed",
    numeric: true,
    value: (claim) => Number.parseFloat(claim.printed) || null,
    show: (claim) => claim.printed,
  },
  { name: "Ours", numeric: true, wide: true, value: (claim) => claim.ours, show: (claim) => oursText(claim) },
  { name: "Verdict", value: (claim) => RANK[claim.stand], show: (claim) => verdict(claim) },
];

function figureName(claim) {
  return [claim.row, claim.column].filter(Boolean).join(", ");
}

function oursText(claim) {
  if (claim.ours === null) return "–";
  return claim.relation ? `${claim.ours.toFixed(2)} ${claim.unit}` : scaled(claim.ours);
}

function wantedClaim(claim) {
  const words = byId("claim-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [
    claim.row,
    claim.column,
    claim.where,
    claim.model,
    claim.metric,
    claim.verdict,
    claim.under,
    data.papers[claim.paper].title,
  ]
    .join(" ")
    .toLowerCase();
  return (
    words.every((word) => text.includes(word)) &&
    (!byId("claim-paper").value || claim.paper === byId("claim-paper").value) &&
    (!byId("claim-verdict").value || claim.stand === byId("claim-verdict").value)
  );
}

function claimDetails(claim) {
  const paper = data.papers[claim.paper];
  return el(
    "div",
    { class: "detail-grid" },
    el(
      "div",
      {},
      el("h3", { class: "head" }, "The figure"),
      facts([
        ["paper", el("a", { href: paper.url }, `${paper.title} (${paper.version})`)],
        ["place", claim.where],
        ["printed", claim.printed],
        ["our model", claim.model],
        [
          "ours",
          claim.ours === null
            ? ""
            : `${oursText(claim)}${claim.under ? `, ${claim.under}` : ""}${claim.size ? `, ${claim.size}²` : ""}`,
        ],
        ["ours / printed", claim.ratio === null ? "" : claim.ratio.toFixed(4)],
        ["because", claim.detail],
        ["claim", `${claim.paper}/${claim.id}`],
        ["how it was read", paper.note],
      ]),
      el("p", { class: "small" }, "What shows it:"),
      el("code", { class: "command" }, claim.command),
    ),
    claim.readings.length ? el("div", {}, el("h3", { class: "head" }, "Every way of counting that was tried"), readings(claim)) : null,
  );
}

function readings(claim) {
  return el(
    "table",
    { class: "inner" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", {}, "under"),
        el("th", { class: "num" }, "image"),
        el("th", { class: "num" }, "ours"),
        el("th", {}, "verdict"),
      ),
    ),
    el(
      "tbody",
      {},
      [...claim.readings]
        .sort(([, , , a], [, , , b]) => (a === "off") - (b === "off"))
        .map(([under, size, value, match]) =>
          el(
            "tr",
            {},
            el("td", {}, under),
            el("td", { class: "num" }, `${size}²`),
            el("td", { class: "num" }, scaled(value)),
            el("td", {}, el("span", { class: `verdict ${match === "off" ? "open" : "holds"}` }, match)),
          ),
        ),
    ),
  );
}

function findings() {
  if (!data.findings.length) return el("p", {}, "No inconsistency was found.");
  const place = (one) => data.findings.filter((other) => other.paper === one.paper).indexOf(one);
  const first = data.findings.filter((one) => place(one) < SHOWN),
    others = data.findings.filter((one) => place(one) >= SHOWN);
  const list = (part) =>
    el(
      "ul",
      { class: "findings" },
      part.map((one) =>
        el("li", {}, el("b", {}, `${data.papers[one.paper].short}, ${one.where}`), ` (${one.kind}). ${one.detail}.`),
      ),
    );
  return el(
    "div",
    { class: "found" },
    el(
      "h3",
      {},
      `${data.findings.length} places where a paper’s own figures do not fit together, or ours do not give them`,
    ),
    list(first),
    others.length ? el("details", {}, el("summary", {}, `The other ${others.length}`), list(others)) : null,
  );
}
