/* What the reader has chosen, and who wants to know when it changes. */

const state = { convention: conventionByName.get(data.convention), size: "own" };
const watchers = [];

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
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  whenChosen(() => {
    const { name, unit, doc } = state.convention;
    byId("convention-note").replaceChildren(el("b", {}, name), ` counts ${unit}s: ${doc}.`);
  });
}
