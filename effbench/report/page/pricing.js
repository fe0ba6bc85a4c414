/* Prices. Operations come as groups [label, scope mask, [kind, count, kind, count, …]]; a convention is a row of prices
   and a scope. Totals are whole numbers, exact up to 2^53: a larger one is an error and never a rounded figure. */

const data = JSON.parse(byId("data").textContent);
const conventionByName = new Map(data.conventions.map((one) => [one.name, one]));
const modelByName = new Map(data.models.map((one) => [one.name, one]));

function exact(number) {
  if (!Number.isSafeInteger(number)) throw new RangeError(`${number} is not exact: it exceeds 2^53`);
  return number;
}

/** Whether the convention looks at the modules of a group. */
function sees(convention, mask) {
  return Boolean(mask & (1 << convention.scope));
}

/** What one group costs, whatever its scope. */
function priceOf(pairs, convention) {
  let total = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    total = exact(total + exact((convention.price[pairs[i]] ?? 0) * exact(pairs[i + 1])));
  }
  return total;
}

/** Cost of one image in the convention's unit. */
function price(groups, convention) {
  let total = 0;
  for (const [, mask, pairs] of groups) if (sees(convention, mask)) total = exact(total + priceOf(pairs, convention));
  return total;
}

/** How many of one kind are in the convention's scope; parameters are a kind. */
function countOf(groups, convention, kind) {
  let total = 0;
  for (const [, mask, pairs] of groups) {
    if (!sees(convention, mask)) continue;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === kind) total = exact(total + pairs[i + 1]);
  }
  return total;
}

/** [label, cost] of each part of a network, in the order of its forward pass. */
function priceByPart(groups, convention) {
  const parts = new Map();
  for (const [label, mask, pairs] of groups) {
    const value = sees(convention, mask) ? priceOf(pairs, convention) : 0;
    parts.set(label, exact((parts.get(label) ?? 0) + value));
  }
  return [...parts];
}

/** [kind number, count, cost] of each kind in scope. */
function priceByKind(groups, convention) {
  const found = new Map();
  for (const [, mask, pairs] of groups) {
    if (!sees(convention, mask)) continue;
    for (let i = 0; i < pairs.length; i += 2) found.set(pairs[i], (found.get(pairs[i]) ?? 0) + pairs[i + 1]);
  }
  return [...found]
    .filter(([kind]) => kind !== data.param)
    .sort(([a], [b]) => a - b)
    .map(([kind, count]) => [kind, count, exact(count * (convention.price[kind] ?? 0))]);
}

/** A model's operations at an image size ("own": the model's), or null. */
function operationsAt(model, size) {
  return model.sizes[size === "own" ? model.size : size] ?? null;
}

/** Cost of a model by name; null where its operations at that size are not known. */
function costOf(name, size, conventionName) {
  const found = operationsAt(modelByName.get(name), size);
  return found && price(found.groups, conventionByName.get(conventionName));
}
