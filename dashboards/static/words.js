// Words, larger the more often they occur; the most frequent ones in the middle.
import { make } from "./dom.js";
import { number } from "./format.js";

const SMALLEST = 14;
const LARGEST = 40;

/** Draw the rows' words into `place`; a click calls `narrow` with the word. Gives the number of words. */
export function drawWords(place, rows, picture, narrow) {
  const words = rows.map((row) => ({ word: String(row[picture.word]), count: row[picture.count] }));
  const [low, high] = [Math.min, Math.max].map((pick) => Math.log(pick(...words.map(({ count }) => count))));
  const around = words.map((one, place) => ({ ...one, order: place % 2 ? place : -place }));
  around.sort((one, other) => one.order - other.order);
  const shown = around.map(({ word, count }) => {
    const weight = high > low ? (Math.log(count) - low) / (high - low) : 0.5;
    const button = make("button", { type: "button", title: `${number(count)} 条`, click: () => narrow(word) }, word);
    button.style.fontSize = `${(SMALLEST + weight * (LARGEST - SMALLEST)).toFixed(1)}px`;
    button.style.opacity = (0.62 + 0.38 * weight).toFixed(2);
    return make("li", {}, button);
  });
  place.replaceChildren(make("ul", { class: "words" }, ...shown));
  return words.length;
}
