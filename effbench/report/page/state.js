/* What the reader has chosen: who wants to know when it changes, and the address that says it. */

const state = { convention: conventionByName.get(data.convention), size: "own" };
const watchers = [];
const remembered = new Map();
let waiting = null;

/** Call now, and again whenever the convention or the image size changes. */
function whenChosen(render) {
  watchers.push(render);
  render();
}

function choose(changes) {
  Object.assign(state, changes);
  byId("convention").value = state.convention.name;
  byId("size").value = state.size;
  for (const render of watchers) render();
  noteAddress();
}

/** A part of the view that the address keeps where it is not as the page opens: read() gives text, write(text) sets it. */
function remember(key, read, write) {
  remembered.set(key, { read, write, usual: read() });
}

/** The same for a control of a form, named by its id. */
function rememberControl(id) {
  const one = byId(id);
  const field = one.type === "checkbox" ? "checked" : "value";
  const offers = (text) => !one.options || [...one.options].some((option) => option.value === text);
  const write = (text) => {
    if (!offers(text)) return;
    one[field] = field === "checked" ? text === "true" : text;
    one.dispatchEvent(new Event(eventOf(one)));
  };
  remember(id, () => String(one[field]), write);
  one.addEventListener(eventOf(one), noteAddress);
}

/** The address of the view: `#SECTION&KEY=VALUE&…`. */
function address() {
  const [section] = location.hash.slice(1).split("&");
  const changed = [...remembered].filter(([, one]) => one.read() !== one.usual);
  const pairs = changed.map(([key, one]) => `${key}=${encodeURIComponent(one.read())}`);
  return pairs.length || section ? `#${[section || "top", ...pairs].join("&")}` : "#";
}

/** Browsers allow few changes of an address a second; the last of a row of changes is kept. */
function noteAddress() {
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", address()), 200);
}

function readAddress() {
  const [section, ...pairs] = location.hash.slice(1).split("&");
  if (!pairs.length && remembered.size) noteAddress(); // a link to a section keeps the view
  else {
    const found = new Map(pairs.map((pair) => pair.split("=")));
    for (const [key, one] of remembered) {
      const text = found.has(key) ? decoded(found.get(key)) : one.usual;
      if (text !== one.read()) one.write(text);
    }
  }
  if (section && section !== "top") byId(section)?.scrollIntoView();
}

function decoded(text) {
  try {
    return decodeURIComponent(text ?? "");
  } catch {
    return "";
  }
}

function initChoices() {
  fillSelect(
    byId("convention"),
    data.conventions.map((one) => [one.name, one.name]),
    data.convention,
  );
  const sizes = data.offered.map((side) => [String(side), `${side}²`]);
  fillSelect(byId("size"), [["own", "own size"], ...sizes], "own");
  byId("convention").addEventListener("change", (event) =>
    choose({ convention: conventionByName.get(event.target.value) }),
  );
  byId("size").addEventListener("change", (event) => choose({ size: event.target.value }));
  ["convention", "size"].forEach(rememberControl);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  whenChosen(() => {
    const { name, unit, doc } = state.convention;
    byId("convention-note").replaceChildren(el("b", {}, name), ` counts ${unit}s: ${doc}.`);
  });
  byId("link").addEventListener("click", copyLink);
  byId("theme").addEventListener("click", nextTheme);
}

async function copyLink() {
  history.replaceState(null, "", address());
  try {
    await navigator.clipboard.writeText(location.href);
    byId("told").textContent = "Link copied";
  } catch {
    byId("told").textContent = "Copy the link from the address bar";
  }
  setTimeout(() => (byId("told").textContent = ""), 3000);
}

/** As the system, light, dark. */
function nextTheme() {
  const root = document.documentElement;
  const themes = ["", "light", "dark"];
  root.dataset.theme = themes[(themes.indexOf(root.dataset.theme ?? "") + 1) % themes.length];
  byId("theme").title = root.dataset.theme || "as the system";
  byId("told").textContent = `Theme: ${byId("theme").title}`;
}
