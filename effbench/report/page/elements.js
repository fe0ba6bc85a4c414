/* Elements of the document. Text is set as text, never as markup. */

/** An element. Attributes that start with "on" are listeners; false and null are left out. */
function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of a drawing. */
function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A name that may break after its punctuation and nowhere else. */
function breakable(text) {
  return text.split(/(?<=[_:,])/).flatMap((part, i) => (i ? [el("wbr"), part] : [part]));
}

function byId(id) {
  return document.getElementById(id);
}

/** What people call a data set. */
function nameOf(dataset) {
  return { ...data.datasets, imagenet22k: "ImageNet, pre-trained on 22k classes" }[dataset] ?? dataset;
}

/** Call when the reader changes one of these controls: every key typed into a field, every choice that is made. */
function whenEdited(ids, render) {
  for (const id of ids) {
    byId(id).addEventListener(eventOf(byId(id)), render);
    rememberControl(id);
  }
}

/** The event of a control that says it was edited. */
function eventOf(control) {
  return ["search", "range"].includes(control.type) ? "input" : "change";
}

/** Fill a <select> with [value, text] pairs. */
function fillSelect(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
}

/** A list of terms and what they are; pairs without a value are left out. */
function facts(pairs, name = "facts") {
  const told = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el(
    "dl",
    { class: name },
    told.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]),
  );
}

/** One line per { name, value, share, current, printed, choose }: a name, a length, a value. */
function bars(lines) {
  return el(
    "ul",
    { class: "bars" },
    lines.map((line) => {
      const fill = el("span", { class: "fill" });
      fill.style.width = `${100 * line.share}%`;
      const track = el("span", { class: "track", "aria-hidden": "true" }, fill);
      if (line.printed !== undefined && line.printed !== null) {
        const mark = el("span", { class: "printed" });
        mark.style.left = `calc(${100 * line.printed}% - 1px)`;
        track.append(mark);
      }
      const name = line.choose
        ? el(
            "button",
            {
              class: "name",
              type: "button",
              title: line.title,
              "aria-pressed": line.current ? "true" : "false",
              onclick: line.choose,
            },
            breakable(line.name),
          )
        : el("span", { class: "name", title: line.title || line.name }, breakable(line.name));
      return el(
        "li",
        { class: line.current ? "current" : null },
        name,
        track,
        el("span", { class: "value" }, line.value),
      );
    }),
  );
}

/** Show text beside the pointer, or beside an element that has the keyboard's focus. */
function showTip(children, x, y) {
  const tip = byId("tip");
  tip.replaceChildren(...children);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(x + 14, window.innerWidth - width - 8))}px`;
  tip.style.top = `${y + 16 + height > window.innerHeight ? y - height - 12 : y + 16}px`;
}

function hideTip() {
  byId("tip").hidden = true;
}
