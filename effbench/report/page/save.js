/* Downloads: text as a file, a chart as a drawing that stands alone, and that as a picture. */

const DRESS = ["fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "opacity", "font-size", "paint-order"];
const ENTRY = 20; // height of a line of a legend, pixels

function save(name, type, content) {
  const url = content.startsWith("data:") ? content : `data:${type};charset=utf-8,${encodeURIComponent(content)}`;
  el("a", { href: url, download: name }).click();
}

function saveRows(name, rows) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (row) => `${row.map((value) => quoted(String(value ?? ""))).join(",")}\n`;
  save(`${name}.csv`, "text/csv", rows.map(line).join(""));
}

/** Buttons below a figure that save it as it is seen, and its rows where there are some; draw() makes the drawing. */
function offerDrawing(figure, name, draw = () => standalone(figure), rows = null) {
  const button = (text, press) => el("button", { type: "button", class: "plain", onclick: press }, text);
  figure.after(
    el(
      "div",
      { class: "tools", role: "group", "aria-label": `Download the figure ${name}` },
      button("Download SVG", () => save(`${name}.svg`, "image/svg+xml", draw())),
      button("PNG", () => savePicture(name, draw())),
      rows && button("CSV", () => saveRows(name, rows())),
    ),
  );
}

/** The chart of a figure with its legend below, every style in its attributes. */
function standalone(figure) {
  const drawing = figure.querySelector(":scope > svg");
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  const entries = [...figure.querySelectorAll(".legend li")];
  const total = height + ENTRY * entries.length + 8;
  const legend = entries.map((one, i) => {
    const key = dressed(one.querySelector("svg"));
    const y = height + ENTRY * i + 4;
    for (const [name, value] of Object.entries({ x: 8, y, width: 18, height: 14 })) key.setAttribute(name, value);
    return [key, svg("text", { x: 34, y: y + 11 }, one.textContent)];
  });
  return sheet(width, total, [...dressed(drawing).childNodes], legend.flat());
}

/** A drawing that stands alone, as text. */
function sheet(width, height, ...parts) {
  const { color, backgroundColor } = getComputedStyle(document.body);
  const size = { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": "system-ui, sans-serif", "font-size": 12 };
  const ground = svg("rect", { width, height, fill: backgroundColor });
  const whole = svg("svg", { xmlns: "http://www.w3.org/2000/svg", fill: color, ...size }, ground, parts.flat());
  return new XMLSerializer().serializeToString(whole);
}

function dressed(drawing) {
  const copy = drawing.cloneNode(true);
  const copies = copy.querySelectorAll("*");
  drawing.querySelectorAll("*").forEach((one, i) => {
    const style = getComputedStyle(one);
    for (const name of DRESS) copies[i].setAttribute(name, style.getPropertyValue(name));
    copies[i].removeAttribute("class");
  });
  return copy;
}

function savePicture(name, text) {
  const picture = new Image();
  picture.addEventListener("load", () => {
    const canvas = el("canvas", { width: 2 * picture.width, height: 2 * picture.height });
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    pen.drawImage(picture, 0, 0);
    save(`${name}.png`, "image/png", canvas.toDataURL("image/png"));
  });
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}
