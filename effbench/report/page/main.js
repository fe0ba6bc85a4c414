/* The page, put together. */

/** One network, and a figure that a paper prints of it. */
const EXAMPLE = { model: "ci2p_vit_ds", size: "512", metric: "flops" };

function initHero() {
  const groups = operationsAt(modelByName.get(EXAMPLE.model), EXAMPLE.size).groups;
  const claim = data.claims.find(
    (one) =>
      one.model === EXAMPLE.model &&
      one.metric === EXAMPLE.metric &&
      String(one.size) === EXAMPLE.size &&
      one.readings.length,
  );
  const printed = claim ? claim.ours / claim.ratio : null;
  const under = claim
    ? claim.readings
        .filter(([, size, , match]) => String(size) === EXAMPLE.size && match !== "off")
        .map(([name]) => name)
    : [];
  const values = data.conventions.map((one) => price(groups, one));
  byId("version").textContent = data.version;
  whenChosen(() =>
    byId("spread").replaceChildren(
      el(
        "figcaption",
        {},
        el("b", {}, `${EXAMPLE.model} at ${EXAMPLE.size}²`),
        `: ${scaled(Math.min(...values), 1)} to ${scaled(Math.max(...values), 1)}, depending on who counts. `,
        claim ? el("span", { class: "key-mark" }, `The paper prints ${claim.printed}`) : "",
        `${under.length ? `: that is ${under.join(", ")}` : ""}. Press a name to price the whole page with it.`,
      ),
      everyConvention(groups, printed),
    ),
  );
  const count = (stand) => data.claims.filter((one) => one.stand === stand).length;
  byId("tallies").replaceChildren(
    ...[
      [data.models.length, "models, counted once"],
      [count("holds"), `of ${data.claims.length} published figures hold`],
      [count("against"), "published figures do not hold"],
      [count("open"), "not checked, each with its reason"],
    ].map(([value, text]) => el("div", {}, el("dd", {}, String(value)), el("dt", {}, text))),
  );
}

initChoices();
initHero();
initModels();
initScatter();
initAtlas();
initExits();
initMaps();
initClaims();
initSpeeds();
initProfiles();
initRoofline();
initConventions();

readAddress();
window.addEventListener("hashchange", readAddress);

window.effbench = Object.freeze({
  costOf,
  price: (groups, name) => price(groups, conventionByName.get(name)),
  conventions: [...conventionByName.keys()],
  models: [...modelByName.keys()],
  scaled,
  onFront,
  front,
  choose: (name) => choose({ convention: conventionByName.get(name) }),
});
