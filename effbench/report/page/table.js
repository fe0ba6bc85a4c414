/* Tables that sort by any column, open a row for its details, turn pages, and are downloaded as CSV. */

const PAGE_ROWS = 25;

/**
 * columns: { name, value(row) for sorting and CSV, show(row), numeric, wide and middle (left out on small screens), first }.
 * what: { name (of the file, and of the table in the address), key(row), details(row), column, ascending, paged }.
 * Returns { render(rows) }.
 */
function sortable(container, columns, what) {
  let { column, ascending } = what;
  let shown = [];
  let page = 0;
  const opened = new Set();
  const body = el("tbody");
  const heads = columns.map((one, index) =>
    el(
      "th",
      { scope: "col", class: classes(one) },
      el("button", { type: "button", onclick: () => sortBy(index) }, el("span", {}, title(one))),
    ),
  );
  container.replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, heads)), body));
  const turn = (by) => () => ((page += by), fill());
  const back = el("button", { type: "button", class: "plain", onclick: turn(-1) }, "Previous");
  const on = el("button", { type: "button", class: "plain", onclick: turn(1) }, "Next");
  const place = el("span");
  const csv = el("button", { type: "button", class: "plain", onclick: saveTable }, "Download CSV");
  container.after(el("div", { class: "tools" }, what.paged ? [back, place, on] : null, csv));
  remember(`${what.name}.sort`, () => `${column}${ascending ? "" : "-"}`, readOrder);
  remember(`${what.name}.open`, () => [...opened].join(" "), readOpened);

  function title(one) {
    return typeof one.name === "function" ? one.name() : one.name;
  }

  function classes(one) {
    return [one.numeric ? "num" : "", one.wide ? "wide" : "", one.middle ? "middle" : ""].join(" ").trim() || null;
  }

  function sortBy(index) {
    ascending = index === column ? !ascending : !columns[index].numeric;
    column = index;
    page = 0;
    fill();
    noteAddress();
  }

  function readOrder(text) {
    const index = Number.parseInt(text, 10);
    if (!columns[index]) return;
    column = index;
    ascending = !text.endsWith("-");
    fill();
  }

  function readOpened(text) {
    opened.clear();
    for (const one of text.split(" ").filter(Boolean)) opened.add(one);
    if (what.paged) turnToOpened();
    fill();
  }

  /** The page of the first row that is open, or the first one. */
  function turnToOpened() {
    page = opened.size ? Math.max(0, Math.floor(sorted().findIndex((row) => opened.has(key(row))) / PAGE_ROWS)) : 0;
  }

  function key(row) {
    return what.key(row).replaceAll(" ", "_");
  }

  /** Rows without a value come last, whichever way. */
  function sorted() {
    const value = columns[column].value;
    const pairs = shown.map((row) => [value(row), row]);
    pairs.sort(([x], [y]) => {
      if (x === null || y === null) return (x === null) - (y === null);
      const order = typeof x === "string" ? x.localeCompare(y, "en") : x - y;
      return ascending ? order : -order;
    });
    return pairs.map(([, row]) => row);
  }

  function fill() {
    heads.forEach((head, index) => {
      head.setAttribute("aria-sort", index === column ? (ascending ? "ascending" : "descending") : "none");
      head.querySelector("span").textContent = title(columns[index]);
    });
    const first = page * PAGE_ROWS;
    const rows = what.paged ? sorted().slice(first, first + PAGE_ROWS) : sorted();
    body.replaceChildren(...rows.flatMap(line));
    place.textContent = shown.length ? `${first + 1} to ${first + rows.length} of ${grouped(shown.length)}` : "none";
    back.disabled = page === 0;
    on.disabled = first + PAGE_ROWS >= shown.length;
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
    const shownRow = el("tr", { class: `row${open ? " open" : ""}`, "data-key": what.key(row) }, cells);
    return open
      ? [shownRow, el("tr", { class: "detail" }, el("td", { colspan: columns.length }, what.details(row)))]
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
    noteAddress();
  }

  function saveTable() {
    saveRows(what.name, [columns.map(title), ...sorted().map((row) => columns.map((one) => one.value(row)))]);
  }

  return {
    render(rows) {
      shown = rows;
      if (what.paged) turnToOpened();
      fill();
    },
  };
}
