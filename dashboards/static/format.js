// Numbers and times as Chinese readers write them; times are Beijing's wherever the browser is.

const NUMBER = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 1 });
const SHARE = new Intl.NumberFormat("zh-CN", { style: "percent", maximumFractionDigits: 0 });
const POINTS = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 });
const MOMENT = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
});

export const number = (value) => NUMBER.format(value);
export const share = (value) => SHARE.format(value);

/** `2026-01-09 08:30` of an ISO time. */
export const time = (value) => MOMENT.format(new Date(value));
export const date = (value) => time(value).slice(0, 10);

/** `+5`, or `−2 个百分点` of shares; empty where nothing changed by as much as can be shown. */
export function change(value, kind) {
  const shown = kind === "share" ? POINTS.format(Math.abs(value) * 100) : number(Math.abs(value));
  if (shown === "0") return "";
  return `${value < 0 ? "−" : "+"}${shown}${kind === "share" ? " 个百分点" : ""}`;
}
