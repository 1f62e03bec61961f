// Rows as a table. A post's title leads to its page, a matter's narrows the rest to its posts.
import { at, make } from "./dom.js";
import * as format from "./format.js";

const TITLE = "_source.title";
const SOURCE = "_source.source";

/** Draw the rows into `place`; `matter` is called with the id of a matter whose title is clicked. Gives the number of rows. */
export function drawTable(place, rows, panel, sources, matter) {
  const columns = panel.picture.columns.filter((column) => isShown(column, rows));
  const head = columns.map(({ title, kind }) => make("th", { scope: "col", "data-kind": kind }, title));
  const lines = rows.map((row) => make("tr", {}, ...columns.map((column) => cell(row, column, panel, sources, matter))));
  place.replaceChildren(
    make(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": panel.title },
      make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines)),
    ),
  );
  return rows.length;
}

/** Whether there is anything to show: of links and of what few rows have. */
function isShown({ kind, field, optional }, rows) {
  if (kind === "link") return rows.some((row) => outside(at(row, field)));
  return !optional || rows.some((row) => (at(row, field) ?? "") !== "");
}

function cell(row, column, panel, sources, matter) {
  const value = at(row, column.field);
  const attributes = { "data-kind": column.kind, "data-field": column.field };
  return make("td", attributes, content(row, value, column, panel, sources, matter));
}

function content(row, value, column, panel, sources, matter) {
  if (column.kind === "link") return outside(value) ?? "";
  if (value === undefined || value === null || value === "") return make("span", { class: "none" }, "—");
  if (column.field === TITLE && panel.index === "posts") {
    return make("a", { href: `/posts/${encodeURIComponent(row._id)}` }, String(value));
  }
  if (column.field === TITLE && panel.index === "clusters") {
    return make("button", { type: "button", class: "plain", click: () => matter(row._id) }, String(value));
  }
  if (column.field === SOURCE) return sources[value] ?? String(value);
  if (value in column.words) return make("span", { class: "tag", "data-value": value }, column.words[value]);
  return column.kind in format ? format[column.kind](value) : String(value);
}

/** A link out of here; null for anything but a web address. */
function outside(url) {
  if (!/^https?:\/\//.test(url ?? "")) return null;
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer", "aria-label": "原文，在新窗口打开" }, "原文 ↗");
}
