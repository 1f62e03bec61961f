// Vega-Lite pictures in the colours and letters of the page.
import { at, make } from "./dom.js";

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";
const STEP = 28;
const HEIGHT = 250;
const MARKS = ".role-mark > path, .role-mark > text";
const NARROWING = ".role-mark > path[aria-roledescription]";

const dark = matchMedia("(prefers-color-scheme: dark)");
const program = new Promise((resolve, reject) => {
  const script = document.getElementById("vega");
  if (window.vegaEmbed) resolve();
  script.addEventListener("load", resolve);
  script.addEventListener("error", () => reject(new Error("no drawing program")));
});

/** Call `draw` whenever the screen turns dark or light. */
export const onOtherColours = (draw) => dark.addEventListener("change", draw);

/**
 * Draw the rows into `place`; a click on a mark calls `narrow` with values by field of the index. Gives the number of
 * marks, which is 0 where the specification leaves all rows out.
 */
export async function drawChart(place, rows, panel, darkTwins, narrow) {
  await Promise.all([program, document.fonts.ready]);
  const { spec, narrows } = panel.picture;
  const area = make("div", { class: "chart" });
  place.replaceChildren(area);
  // Bars of a list have one height however many there are; a picture over time has one height in all.
  const list = spec.encoding?.y?.type === "nominal";
  const { view } = await window.vegaEmbed(area, specification(spec, rows, narrows, darkTwins, list), {
    actions: false,
    // Expressions are interpreted, so that the page needs no right to run text as a program.
    ast: true,
    defaultStyle: false,
    patch: list ? asHighAsItsList : undefined,
    renderer: "svg",
    tooltip: showTooltip,
  });
  place.finalize = () => view.finalize();
  describe(area, panel);
  if (Object.keys(narrows).length) letNarrow(area, view, narrows, narrow);
  return area.querySelectorAll(MARKS).length;
}

function specification(spec, rows, narrows, darkTwins, list) {
  const coloured = dark.matches ? recoloured(spec, darkTwins) : spec;
  return {
    $schema: SCHEMA,
    ...coloured,
    data: { values: rows },
    width: "container",
    height: HEIGHT,
    padding: { left: 0, top: 4, right: 12, bottom: 4 },
    autosize: { type: list ? "fit-x" : "fit", contains: "padding" },
    config: config(Object.keys(narrows).length > 0),
  };
}

/** Vega-Lite's own way, a height in steps, does not go together with the width of the page without a complaint. */
function asHighAsItsList({ height: _, signals = [], scales, ...rest }) {
  const { padding, paddingInner = padding ?? 0, paddingOuter = padding ?? 0 } = scales.find(({ name }) => name === "y");
  const height = { name: "height", update: `bandspace(domain('y').length, ${paddingInner}, ${paddingOuter}) * ${STEP}` };
  const inSteps = scales.map((scale) => (scale.name === "y" ? { ...scale, range: { step: STEP } } : scale));
  return { ...rest, signals: [...signals, height], scales: inSteps };
}

function recoloured(part, twins) {
  if (typeof part === "string") return twins[part] ?? part;
  if (Array.isArray(part)) return part.map((one) => recoloured(one, twins));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, recoloured(value, twins)]));
}

function config(clickable) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = getComputedStyle(document.body).fontFamily;
  const [text, muted, line] = ["--text", "--muted", "--line"].map(colour);
  return {
    font,
    background: null,
    view: { stroke: null },
    axis: {
      labelColor: muted,
      titleColor: muted,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: "normal",
      titlePadding: 10,
      labelPadding: 6,
      gridColor: line,
      domainColor: line,
      tickColor: line,
    },
    axisYDiscrete: { domain: false, labelColor: text, grid: false },
    axisYQuantitative: { domain: false, ticks: false },
    axisXQuantitative: { domain: false, ticks: false },
    bar: { cornerRadiusEnd: 2, ...(clickable ? { cursor: "pointer" } : {}) },
    rect: { stroke: colour("--card"), strokeWidth: 2, cornerRadius: 4, ...(clickable ? { cursor: "pointer" } : {}) },
    text: { color: text, fontSize: 12 },
    scale: { barBandPaddingInner: 0.32 },
    legend: {
      labelColor: text,
      titleColor: muted,
      titleFontWeight: "normal",
      titleFontSize: 12,
      labelFontSize: 12,
      orient: "top",
      titleOrient: "left",
      symbolType: "circle",
      symbolSize: 80,
    },
  };
}

/** The picture's name for those who hear it; single marks tell their values when one comes to them. */
function describe(area, panel) {
  const svg = area.querySelector("svg");
  svg.setAttribute("aria-label", `${panel.title}。${panel.about}`);
}

function letNarrow(area, view, narrows, narrow) {
  view.addEventListener("click", (_, item) => {
    if (item?.mark?.role !== "mark") return;
    const picked = Object.entries(narrows).map(([from, field]) => [field, at(item.datum, from)]);
    if (picked.every(([, value]) => typeof value === "string")) narrow(Object.fromEntries(picked));
  });
  walkable([...area.querySelectorAll(NARROWING)]);
}

/** One tab stop for all marks; arrow keys go from one to the next, Enter and the space bar click. */
function walkable(marks) {
  marks.forEach((mark, place) => {
    mark.setAttribute("tabindex", place ? -1 : 0);
    mark.setAttribute("role", "button");
    mark.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) marks[(place + step + marks.length) % marks.length].focus();
      else if (event.key === "Enter" || event.key === " ") mark.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      else return;
      event.preventDefault();
    });
  });
}

const tooltip = make("div", { class: "tooltip", hidden: "" });
document.body.append(tooltip);

function showTooltip(_, event, __, value) {
  tooltip.hidden = !value;
  if (!value) return;
  const lines = Object.entries(value).map(([name, said]) => make("p", {}, make("span", {}, name), String(said)));
  tooltip.replaceChildren(...lines);
  const { width, height } = tooltip.getBoundingClientRect();
  tooltip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
  tooltip.style.top = `${Math.max(8, event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18)}px`;
}
