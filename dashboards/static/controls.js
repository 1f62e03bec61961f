// The bar of controls: spans of time, values to choose, and what is chosen.
import { make } from "./dom.js";
import { toggled } from "./state.js";

const byId = (id) => document.getElementById(id);

/** Call `choose` with the new choice whenever the reader changes one; `current` gives the present one. */
export function listen(current, choose) {
  for (const button of document.querySelectorAll(".span[data-days]")) {
    button.addEventListener("click", () => choose({ ...current(), days: button.dataset.days, since: null, until: null }));
  }
  byId("own").addEventListener("click", () => openDates(byId("dates").hidden));
  for (const name of ["since", "until"]) {
    byId(name).addEventListener("change", () => {
      const [since, until] = ["since", "until"].map((id) => byId(id).value || null);
      if (since && until && since > until) return;
      choose({ ...current(), days: null, since, until });
    });
  }
  for (const select of document.querySelectorAll("select[data-field]")) {
    select.addEventListener("change", () => choose(toggled(current(), select.dataset.field, select.value)));
  }
}

/** Show which span of time is chosen; `days` is the board's own span when none is. */
export function showTime(state, days) {
  const own = Boolean(state.since || state.until);
  for (const button of document.querySelectorAll(".span[data-days]")) {
    button.setAttribute("aria-pressed", !own && button.dataset.days === String(state.days ?? days));
  }
  byId("own").setAttribute("aria-pressed", own);
  if (own) openDates(true);
  else openDates(false);
}

/** Fill in the dates that the answer is about, so that choosing one's own begins there. */
export function showDates({ since, until }) {
  byId("since").value = since ?? "";
  byId("until").value = until ?? "";
}

function openDates(open) {
  byId("dates").hidden = !open;
  byId("own").setAttribute("aria-expanded", open);
}

/** Show the values there are to choose, the chosen ones with a tick. */
export function showOptions(options, state, names) {
  for (const select of document.querySelectorAll("select[data-field]")) {
    const { field } = select.dataset;
    const chosen = state.values[field] ?? [];
    const all = `${names[field]}：${chosen.length ? `已选 ${chosen.length} 项` : "全部"}`;
    const shown = options[field].map(({ value, title, count }) =>
      make("option", { value }, `${chosen.includes(value) ? "✓ " : ""}${title}（${count}）`),
    );
    select.replaceChildren(make("option", { value: "", disabled: chosen.length > 0 }, all), ...shown);
    select.value = "";
  }
}

/** Show what is chosen, each with a button that takes it off. `words` says what to call values that are codes. */
export function showChips(state, names, words, choose) {
  const chips = Object.entries(state.values).flatMap(([field, values]) =>
    values.map((value) => {
      const said = `${names[field] ?? field}：${words[field]?.[value] ?? value}`;
      const off = () => choose(toggled(state, field, value));
      return make("li", {}, make("button", { type: "button", "aria-label": `去掉条件 ${said}`, click: off }, said, cross()));
    }),
  );
  if (chips.length > 1) {
    const off = () => choose({ ...state, values: {} });
    chips.push(make("li", {}, make("button", { type: "button", class: "clear", click: off }, "全部去掉")));
  }
  byId("chips").replaceChildren(...chips);
  byId("chips").hidden = !chips.length;
}

const cross = () => make("span", { "aria-hidden": "true", class: "cross" }, "×");
