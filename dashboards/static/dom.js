// Making elements. Text goes in as text, never as HTML: it was written by strangers.

/** A new element with attributes (a function is a listener, null leaves one out) and children, which are nodes or text. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** What stands at a dotted path of a row, undefined where it does not lead anywhere. */
export function at(row, path) {
  return path.split(".").reduce((found, key) => found?.[key], row);
}
