// What the reader chose. It stands in the address, so that a link shows a colleague the same and "back" goes back.

const TIME = ["days", "since", "until"];

/** The board and the choice of the present address. `values` are lists by field. */
export function read() {
  const asked = new URLSearchParams(location.search);
  const values = {};
  for (const [name, value] of asked) if (!TIME.includes(name)) (values[name] ??= []).push(value);
  const [days, since, until] = TIME.map((name) => asked.get(name));
  return { board: location.pathname.match(/^\/boards\/([^/]+)/)?.[1] ?? null, days, since, until, values };
}

/** The query part of the address of a choice, with its question mark; empty when nothing is chosen. */
export function query({ days, since, until, values }) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries({ days, since, until })) if (value) asked.set(name, value);
  for (const [name, chosen] of Object.entries(values)) for (const value of chosen) asked.append(name, value);
  return asked.size ? `?${asked}` : "";
}

/** The choice with a value of a field added, or taken out where it was chosen already. */
export function toggled(state, field, value) {
  const chosen = state.values[field] ?? [];
  const left = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
  return { ...state, values: without(state.values, field, left) };
}

/** The choice narrowed to one value for each field, or widened again where it was just that. */
export function narrowed(state, picked) {
  const fields = Object.entries(picked);
  const already = fields.every(([field, value]) => state.values[field]?.length === 1 && state.values[field][0] === value);
  let values = state.values;
  for (const [field, value] of fields) values = without(values, field, already ? [] : [value]);
  return { ...state, values };
}

function without(values, field, left) {
  const { [field]: _, ...others } = values;
  return left.length ? { ...others, [field]: left } : others;
}
