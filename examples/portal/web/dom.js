/** An element with attributes, listeners (`onclick`) and children; texts are never read as HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter(each => each !== null && each !== undefined));
  return made;
}

/** A table of rows, each a list of texts or elements; `numbers` names the columns of figures. */
export function table(caption, columns, rows, numbers = []) {
  const of = index => ({ class: numbers.includes(index) ? "number" : undefined });
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element("table", {}, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, columns.map((each, index) => element("th", { scope: "col", ...of(index) }, each)))),
      element("tbody", {}, rows.map(row => element("tr", {}, row.map((each, index) => element("td", of(index), each)))))));
}

export const euros = cents => (cents / 100).toLocaleString("en", { style: "currency", currency: "EUR" });
