/* The Pareto front of { cost, accuracy (in %), images }, and how sure a point is to be on it. */

/** The points that no other beats: none is as cheap and more accurate, or cheaper and as accurate; cheapest first. */
function front(points) {
  const found = [];
  for (const point of [...points].sort((a, b) => a.cost - b.cost || b.accuracy - a.accuracy)) {
    if (!found.length || point.accuracy > found.at(-1).accuracy) found.push(point);
  }
  return found;
}

/** The fronts of the points of each group: published accuracies and every recipe of ours are not one another's rivals. */
function fronts(points) {
  const groups = [...new Set(points.map((point) => point.group))];
  return groups.map((group) => front(points.filter((point) => point.group === group)));
}

/** Standard deviation of an accuracy that is a share of n independent images, in %; a seed's own adds to it. */
function deviation(point) {
  const p = Math.min(Math.max(point.accuracy / 100, 0.5 / point.images), 1 - 0.5 / point.images);
  return Math.hypot(100 * Math.sqrt((p * (1 - p)) / point.images), point.seedDeviation ?? 0);
}

/** Probability that the point is more accurate than every point of its group that costs no more: the integral of its density times
    the others' distribution functions, all normal. null where a number of images is not known. */
function onFront(point, points) {
  const rivals = points.filter(
    (other) => other !== point && other.group === point.group && other.cost <= point.cost,
  );
  if (![point, ...rivals].every((one) => one.images)) return null;
  const sd = deviation(point);
  const steps = 200,
    reach = 6;
  let total = 0;
  for (let i = 0; i <= steps; i++) {
    const z = -reach + (2 * reach * i) / steps;
    const at = point.accuracy + z * sd;
    const weight = i === 0 || i === steps ? 1 : i % 2 ? 4 : 2; // Simpson's rule
    let value = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    for (const other of rivals) value *= normal((at - other.accuracy) / deviation(other));
    total += weight * value;
  }
  return Math.min(1, (total * 2 * reach) / steps / 3);
}

/** Distribution function of the normal distribution; error below 1e-7 (Abramowitz and Stegun 1964, 7.1.26). */
function normal(z) {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - series * Math.exp(-x * x);
  return z < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
}
