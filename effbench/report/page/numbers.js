/* Numbers for people, rounded half up exactly as effbench/render/numbers.py does. */

const PREFIXES = ["", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q"];

/** 28782000000 -> "28.782 G"; below a thousand the number itself. */
function scaled(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) < 1000) return Number.isInteger(value) ? String(value) : value.toFixed(digits);
  for (let i = 1; i < PREFIXES.length; i++) {
    const text = inUnit(value, i, digits);
    if (Math.abs(Number(text)) < 1000 || i === PREFIXES.length - 1) return `${text} ${PREFIXES[i]}`;
  }
}

/** Whole numbers are rounded without binary fractions. */
function inUnit(value, prefix, digits) {
  if (!Number.isSafeInteger(value)) return (value / 1000 ** prefix).toFixed(digits);
  const shift = 3 * prefix - digits;
  if (shift <= 0) return (value / 1000 ** prefix).toFixed(digits);
  const step = 10n ** BigInt(shift);
  const negative = value < 0;
  const rounded = (BigInt(Math.abs(value)) + step / 2n) / step;
  const text = rounded.toString().padStart(digits + 1, "0");
  return `${negative ? "-" : ""}${digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text}`;
}

/** 1048576 -> "1.0 MiB". */
function bytes(value) {
  const names = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];
  for (let i = names.length; i > 0; i--) {
    if (value >= 1024 ** i && Number.isFinite(value)) return `${(value / 1024 ** i).toFixed(1)} ${names[i - 1]}`;
  }
  return `${value} B`;
}

/** 0.123 -> "12.3 %". */
function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
}

/** 28782000000 -> "28,782,000,000". */
function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** The unit of the chosen convention with its name. */
function chosenUnits() {
  return `${units(state.convention)} under ${state.convention.name}`;
}

/** How a measurement was set up. */
function setting(row) {
  const threads = row.threads === 1 ? "1 thread" : `${row.threads} threads`;
  return `${row.device}, ${row.dtype}, batch ${row.batch}, ${row.size}², ${threads}`;
}

/** "MAC" -> "MACs". */
function units(convention) {
  return `${convention.unit}s`;
}
