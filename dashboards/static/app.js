// The page: reads the choice from the address, asks for what the board shows, and shows it.
import { onOtherColours } from "./chart.js";
import * as controls from "./controls.js";
import { number, time } from "./format.js";
import { fill, frame, sayInEmpty, showFigures } from "./panels.js";
import { narrowed, query, read } from "./state.js";

const AGAIN_AFTER_FAILURE_MS = 5_000;
const REFRESH_MS = 60_000;
const LONGEST_WAIT_MS = 30_000;
const told = JSON.parse(document.getElementById("told").textContent);
const byId = (id) => document.getElementById(id);
let shownBoard = null;
let asking = null;
let last = "";
let timer = null;

const boardOf = (state) => told.boards.find(({ id }) => id === state.board) ?? told.boards[0];

/** Go to a choice and show it. */
function choose(state) {
  const address = `/boards/${boardOf(state).id}${query(state)}`;
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  show();
}

const narrow = (picked) => choose(narrowed(read(), picked));

/** Show what the address asks for. */
async function show() {
  const state = read();
  const board = boardOf(state);
  sessionStorage.setItem("board", location.pathname + location.search);
  if (board !== shownBoard) open(board);
  controls.showTime(state, board.days);
  await load(board, state);
}

function open(board) {
  shownBoard = board;
  last = "";
  document.title = `${board.title} · 舆情看板`;
  byId("title").textContent = board.title;
  byId("about").textContent = board.about;
  for (const tab of document.querySelectorAll(".tab")) {
    if (tab.dataset.board === board.id) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  frame(board);
}

/** Ask and show; ask again by itself after a failure, and every minute while time goes on. */
async function load(board, state) {
  clearTimeout(timer);
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  byId("board").setAttribute("aria-busy", "true");
  try {
    const { at, ...said } = await ask(`/api/boards/${board.id}${query(state)}`, signal);
    byId("notice").hidden = true;
    byId("as-of").textContent = `数据截至 ${time(at)}`;
    if (JSON.stringify(said) !== last) await draw(said, state);
    last = JSON.stringify(said);
    if (!told.fixed) askAgain(REFRESH_MS);
  } catch (error) {
    // One that was cut off by a newer question is no failure.
    if (signal.aborted) return;
    if (!(error instanceof Refused)) throw error;
    complain(error);
  } finally {
    if (!signal.aborted) byId("board").setAttribute("aria-busy", "false");
  }
}

async function ask(address, signal) {
  let answer;
  let said;
  try {
    answer = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_WAIT_MS)]) });
    said = await answer.json();
  } catch (error) {
    const slow = error.name === "TimeoutError";
    throw new Refused(slow ? "等了很久没有答复，稍后会自己再试。" : "连不上看板程序，它可能已经停了。重新启动后，这页会自己更新。", true);
  }
  if (!answer.ok) throw new Refused([said.error, said.advice].filter(Boolean).join(" "), answer.status >= 500);
  return said;
}

async function draw(answer, state) {
  controls.showDates(answer.window);
  controls.showOptions(answer.options, state, told.controls);
  controls.showChips(state, told.fields, answer.words, choose);
  showFigures(answer.figures);
  await fill(answer.panels, told, narrow);
  const posts = answer.figures.find(({ id }) => id === "posts");
  if (posts) byId("spoken").textContent = `已更新，共 ${number(posts.value)} 条留言`;
}

/** An answer that did not come, in words; `passing` where asking again may help. */
class Refused extends Error {
  constructor(sentence, passing) {
    super(sentence);
    this.passing = passing;
  }
}

function complain({ message, passing }) {
  byId("notice").textContent = message;
  byId("notice").hidden = false;
  sayInEmpty("暂时没有数据。");
  if (passing) askAgain(AGAIN_AFTER_FAILURE_MS);
}

function askAgain(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(() => (document.hidden ? askAgain(milliseconds) : show()), milliseconds);
}

for (const tab of document.querySelectorAll(".tab")) {
  tab.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose({ ...read(), board: tab.dataset.board });
  });
}
document.fonts.addEventListener("loadingdone", () => document.documentElement.classList.add("lettered"));
controls.listen(read, choose);
addEventListener("popstate", show);
onOtherColours(() => {
  last = "";
  show();
});
show();
