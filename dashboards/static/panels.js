// The panels of a board: frames first, then what is in them.
import { drawChart } from "./chart.js";
import { make } from "./dom.js";
import * as format from "./format.js";
import { drawTable } from "./table.js";
import { drawWords } from "./words.js";

const frames = new Map();

/** Set up the board's panels with a placeholder in each. */
export function frame(board) {
  frames.clear();
  const rows = board.layout.map((panels) => make("div", { class: "row", "data-panels": panels.length }, ...panels.map(card)));
  document.getElementById("panels").replaceChildren(...rows);
}

function card(panel) {
  const body = make("div", { class: "content", "data-kind": panel.kind }, make("div", { class: "skeleton", "aria-hidden": "true" }));
  const note = make("p", { class: "note", hidden: "" });
  frames.set(panel.id, { body, note, panel });
  return make(
    "section",
    { class: "card", id: `panel-${panel.id}`, "aria-labelledby": `name-${panel.id}` },
    make("header", {}, make("h2", { id: `name-${panel.id}` }, panel.title), make("p", {}, panel.about), note),
    body,
  );
}

/** Fill the panels. `told` is what the page knows of itself, `narrow` is called with values by field. */
export async function fill(answers, told, narrow) {
  await Promise.all(Object.entries(answers).map(([id, answer]) => fillOne(frames.get(id), answer, told, narrow)));
}

async function fillOne({ body, note, panel }, { rows, ignored = [], error }, told, narrow) {
  const names = ignored.map((field) => told.fields[field] ?? field).join("、");
  note.hidden = !names;
  note.textContent = names ? `这一项不受“${names}”的选择影响` : "";
  // Held while the new picture is made, so that the page does not jump.
  body.style.minHeight = body.querySelector(".skeleton") ? "" : `${body.offsetHeight}px`;
  body.finalize?.();
  body.finalize = null;
  const drawn = error ? 0 : await draw(body, rows, panel, told, narrow);
  if (!drawn) body.replaceChildren(make("p", { class: error ? "sentence failed" : "sentence" }, error ?? panel.empty));
  body.style.minHeight = "";
  body.dataset.drawn = drawn;
}

async function draw(body, rows, panel, told, narrow) {
  if (!rows.length) return 0;
  if (panel.kind === "table") return drawTable(body, rows, panel, told.sources, (id) => narrow({ [told.matter]: id }));
  if (panel.kind === "words") return drawWords(body, rows, panel.picture, (word) => narrow({ [panel.picture.narrows]: word }));
  return drawChart(body, rows, panel, told.dark, narrow);
}

/** Say in every panel that has nothing yet why that is so. */
export function sayInEmpty(sentence) {
  for (const { body } of frames.values()) {
    if (body.querySelector(".skeleton")) body.replaceChildren(make("p", { class: "sentence" }, sentence));
  }
}

/** Show the figures at the top. */
export function showFigures(figures) {
  const shown = figures.map(({ id, title, kind, value, tone, change, compared }) => {
    const difference = change === null ? "" : format.change(change, kind);
    return make(
      "div",
      { class: "figure", id: `figure-${id}`, "data-tone": value ? tone : null },
      make("p", { class: "name" }, title),
      make("p", { class: "value" }, value === null ? "—" : format[kind](value)),
      make("p", { class: "change" }, change === null ? "" : `比${compared} ${difference || "持平"}`),
    );
  });
  document.getElementById("figures").replaceChildren(...shown);
}
