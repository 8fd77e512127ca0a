// The what-if room: a move goes to the program, its pictures come back as a stream of lines.

import { assumption, drawLevers, element, short } from "./controls.js";
import { fit, repaint } from "./charts.js";
import { $, copy, lines, page, post, said, session, spaced } from "./page.js";
import { show, showIgnorance } from "./pictures.js";
import { listReadymade, markStale, overturn, tryReadymade } from "./trying.js";

let before = []; // states to go back to
let settled; // the state before the movement in hand
let extra = []; // assumptions shown besides the leading ones
let comparing = false; // whether ready-made cadences were tried once

function problem(text) {
  $("problem").hidden = !text;
  $("problem").textContent = text ?? "";
  for (const box of document.querySelectorAll(".control[data-path]")) box.classList.toggle("wrong", Boolean(text) && text.includes(`${box.dataset.path}:`));
}

// ---- moving ---------------------------------------------------------------------------------

let inHand; // the move that is being answered: {abort, first: whether its first picture has come}
let waiting; // the newest move that waits for a first picture

// A newer move gives the older one up. While a slider is drawn along, each first picture is still let through, so that
// the picture follows the hand.
function move(event) {
  markStale();
  const begun = event?.timeStamp ?? performance.now();
  if (inHand && !inHand.first && performance.now() - inHand.sent < 400) { waiting = { begun }; return; }
  send(begun);
}

async function send(begun) {
  inHand?.abort.abort();
  waiting = undefined;
  const own = (inHand = { abort: new AbortController(), first: false, sent: performance.now() });
  const asked = copy(page.state);
  // A pinned cadence is shown once another one is.
  if (JSON.stringify(asked.pinned) === JSON.stringify(asked.levers)) asked.pinned = null;
  document.body.classList.add("busy");
  try {
    const answer = await post("move", { session, state: asked }, own.abort.signal);
    for await (const line of lines(answer)) {
      if (own !== inHand) return;
      if (line.problem) { problem(line.problem); break; }
      if (line.picture) take(line, asked);
      if (line.worlds) { page.ignorance = line.worlds; showIgnorance(); }
      if (line.picture && !own.first) {
        own.first = true;
        performance.measure("first picture", { start: begun, end: performance.now(), detail: { n: line.picture.n } });
      }
      if (!comparing && line.picture?.n === page.room.stages.at(-1)) { comparing = true; tryAll(); }
      if (own.first && waiting) return send(waiting.begun);
    }
  } catch (error) {
    if (error.name === "AbortError" || own !== inHand) return;
    problem(said(error));
  } finally {
    if (own === inHand) {
      own.first = true;
      document.body.classList.remove("busy");
      if (waiting) send(waiting.begun);
    }
  }
}

function take(line, asked) {
  problem("");
  page.latest = { ...line.picture, asked };
  for (const box of document.querySelectorAll(".control[data-path]")) box.classList.toggle("outside", box.dataset.path in line.outside);
  notice(line.edited);
  show(tellOf);
  markChosen();
}

// Each movement is one step back for Undo: from where it began to where it ended.
function ended() {
  const now = JSON.stringify(page.state);
  if (settled !== now) before.push(settled);
  if (before.length > 200) before.shift();
  settled = now;
  $("undo").disabled = !before.length;
  history.replaceState(null, "", `#${encode(page.state)}`);
}

function go(next, event) {
  page.state = next;
  drawControls();
  ended();
  changed(event);
}

// What worlds say is of the state before: it is taken back until it is there anew.
function changed(event) {
  page.ignorance = undefined;
  $("shared").textContent = page.state.pinned !== null && JSON.stringify(page.state.pinned) === JSON.stringify(page.state.levers) ? "Pinned. Now move a lever or choose another cadence." : "";
  showIgnorance();
  showMoved();
  move(event);
}

const encode = (value) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
function decode(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const found = JSON.parse(new TextDecoder().decode(bytes));
    const tables = [found.levers, found.assumptions, found.pinned ?? {}];
    return tables.every((one) => one && typeof one === "object" && !Array.isArray(one)) ? found : undefined;
  } catch { return undefined; }
}

function notice(edited) {
  $("notice").hidden = !edited;
  if (!edited) return;
  $("notice").replaceChildren(`${edited[0].toUpperCase()}${edited.slice(1)} was edited since this page was opened; the numbers are those from before. `, element("button", { type: "button", onclick: reload }, "Read it again"));
}

async function reload() {
  try {
    page.room = await (await post("reload", {})).json();
    $("notice").hidden = true;
    furnish();
    go(page.state);
    tryAll();
  } catch (error) { problem(said(error)); }
}

// ---- controls -------------------------------------------------------------------------------

function drawControls() {
  const { room, state } = page;
  drawLevers($("levers"), room.levers, state.levers, (levers, event) => {
    if (levers === undefined) return ended();
    changed(event);
  });
  const known = new Map(room.assumptions.map((one) => [one.path, one]));
  const specs = listed().map((path) => known.get(path)).filter(Boolean);
  $("assumptions").replaceChildren(...specs.map((spec) => assumption(spec, state.assumptions[spec.path], state.scenario, (path, value, event) => {
    if (path === null) return ended();
    if (value === undefined) delete state.assumptions[path];
    else state.assumptions[path] = value;
    changed(event);
  })));
  $("scenario").value = state.scenario;
  $("pin").setAttribute("aria-pressed", String(state.pinned !== null));
  $("pin").textContent = state.pinned === null ? "Pin this cadence" : "Unpin";
  $("undo").disabled = !before.length;
}

// The assumptions that are shown: those that matter most, those that were added, and what is moved.
function listed() {
  const { room, state } = page;
  const shown = [...new Set([...room.leading, ...extra, ...Object.keys(state.assumptions)])];
  return shown.length ? shown : room.assumptions.slice(0, 12).map((one) => one.path);
}

function furnish() {
  const { room } = page;
  document.title = `What if? ${room.title}`;
  $("title").textContent = room.title;
  $("question").textContent = [room.question, room.sides.a !== "Side A" ? `The sides: ${room.sides.a} and ${room.sides.b}.` : ""].join(" ");
  $("scenario").replaceChildren(...room.scenarios.map((one) => element("option", { value: one.name }, one.about ? `${one.name}: ${one.about}` : one.name)));
  $("scenario-row").hidden = room.scenarios.length < 2;
  $("foot").textContent = `Model ${room.model}, seed ${room.seed}. Nothing is written and nothing leaves this machine.`;
  if (!room.leading.length) $("leading-hint").textContent = "The first assumptions of the model; others can be added below.";
  $("tried").replaceChildren(listReadymade(choose));
}

const beginning = () => ({ scenario: page.room.scenarios[0].name, levers: copy(page.room.begun.levers), pinned: null, assumptions: {} });

function choose(cadence, event) {
  go({ ...page.state, levers: copy(cadence.levers) }, event);
}

// Says that the world is not the config's any more.
function showMoved() {
  const many = Object.keys(page.state.assumptions).length;
  $("moved").hidden = !many;
  if (!many) return $("moved").replaceChildren();
  const known = new Map(page.room.assumptions.map((one) => [one.path, one]));
  const which = Object.entries(page.state.assumptions).map(([path, value]) => `${known.get(path)?.title ?? path}: ${short(value)}`).join("; ");
  $("moved").replaceChildren(`In a world with ${many === 1 ? "one assumption" : `${many} assumptions`} moved from ours. `, element("span", { class: "which" }, many <= 3 ? `${which}. ` : ""), element("button", { type: "button", class: "back", onclick: (event) => go({ ...page.state, assumptions: {} }, event) }, "Back to ours"));
}

// Which cadence of the config is shown, if it is one.
function markChosen() {
  const chosen = page.latest?.names.yours;
  for (const button of document.querySelectorAll("#tried [data-cadence]")) button.setAttribute("aria-pressed", String(button.dataset.cadence === chosen));
  const one = page.room.readymade.find((own) => own.name === chosen);
  $("adjusted").textContent = one ? `These are the levers of “${one.name}”. Once you move one, the cadence is called “yours”.` : "Your own cadence: move its levers.";
}

$("scenario").addEventListener("change", (event) => go({ ...page.state, scenario: event.target.value }, event));
$("undo").addEventListener("click", (event) => {
  if (!before.length) return;
  page.state = JSON.parse(before.pop());
  settled = JSON.stringify(page.state);
  drawControls();
  history.replaceState(null, "", `#${encode(page.state)}`);
  changed(event);
});
$("pin").addEventListener("click", (event) => go({ ...page.state, pinned: page.state.pinned === null ? copy(page.state.levers) : null }, event));
$("reset").addEventListener("click", (event) => { extra = []; go(beginning(), event); });

// Others are found by any words of their meaning or path.
const MOST_FOUND = 8;
$("search").addEventListener("input", () => {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(listed());
  const found = words.length ? page.room.assumptions.filter((one) => !shown.has(one.path) && words.every((word) => `${one.path} ${spaced(one.path)} ${one.title}`.toLowerCase().includes(word))) : [];
  const add = (one) => element("button", { type: "button", class: "found", onclick: () => { extra.push(one.path); $("search").value = ""; $("others").replaceChildren(); drawControls(); document.querySelector(`[data-path="${CSS.escape(one.path)}"] :is(input, select)`)?.focus(); } }, `${one.title} (${spaced(one.mechanism)})`);
  const more = found.length - MOST_FOUND;
  $("others").replaceChildren(...found.slice(0, MOST_FOUND).map(add), element("span", { class: "hint" }, !words.length ? "" : more > 0 ? `and ${more} more: type another word` : found.length ? "" : "No other assumption has these words."));
});

// ---- tabs -----------------------------------------------------------------------------------

for (const button of document.querySelectorAll("#jump [data-to]")) button.addEventListener("click", () => $(button.dataset.to).scrollIntoView({ block: "start" }));

const tabs = [...document.querySelectorAll("[role=tab]")];
function open(tab) {
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    $(one.getAttribute("aria-controls")).hidden = one !== tab;
  }
}
for (const [place, tab] of tabs.entries()) {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length);
    open(next);
    next.focus();
  });
}

// ---- trying many things ---------------------------------------------------------------------

const tryAll = () => tryReadymade(choose, markChosen);
$("try-all").addEventListener("click", tryAll);
for (const [id, everything] of [["try-ends", false], ["try-everything", true]]) {
  $(id).addEventListener("click", () => {
    if (!page.latest) return;
    overturn(everything, listed().slice(0, page.room.most_tried), (values, event) => go({ ...page.state, assumptions: { ...page.state.assumptions, ...values } }, event));
  });
}

// ---- one timeline, and keeping --------------------------------------------------------------

async function tell() {
  try {
    const told = await (await post("story", { state: page.latest.asked, cadence: $("story-cadence").value, replication: Number($("replication").value) })).json();
    let phase = "";
    const items = [];
    for (const event of told.events) {
      if (event.phase !== phase) items.push(element("li", { class: "phase" }, (phase = event.phase)));
      items.push(element("li", {}, element("span", { class: "hint" }, event.when), event.sentence));
    }
    $("story").replaceChildren(element("h3", {}, told.title), element("ol", { tabindex: "0", "aria-label": told.title }, ...items), element("p", { class: "told" }, told.ending));
  } catch (error) { $("story").replaceChildren(element("p", { class: "problem" }, said(error))); }
}
function tellOf(replication, cadence) {
  $("replication").value = replication;
  $("story-cadence").value = cadence;
  tell();
}
$("story-form").addEventListener("submit", (event) => { event.preventDefault(); tell(); });

$("download").addEventListener("click", async () => {
  try {
    const made = await (await post("config", { state: page.state })).json();
    const url = URL.createObjectURL(new Blob([made.text], { type: "application/toml" }));
    element("a", { href: url, download: made.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    $("shared").textContent = `Downloaded ${made.name}.`;
  } catch (error) { $("shared").textContent = said(error); }
});
$("link").addEventListener("click", async () => {
  history.replaceState(null, "", `#${encode(page.state)}`);
  try {
    await navigator.clipboard.writeText(location.href);
    $("shared").textContent = "The link is copied.";
  } catch { $("shared").textContent = "The address of this page is the link: copy it from the browser's bar."; }
});

window.addEventListener("hashchange", () => { const found = decode(location.hash.slice(1)); if (found && JSON.stringify(found) !== settled) go({ ...beginning(), ...found }); });
window.addEventListener("resize", fit);
new ResizeObserver(([box]) => document.documentElement.style.setProperty("--in-sight", `${Math.ceil(box.target.offsetHeight)}px`)).observe($("in-sight"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { repaint(); if (page.latest) show(tellOf); });
document.addEventListener("visibilitychange", pulse);
async function pulse() {
  if (document.hidden || !page.room) return;
  try {
    const now = await (await fetch("pulse")).json();
    notice(now.edited);
    if (page.ignorance?.wait && !now.searching) move();
  } catch { /* the next move says it */ }
}
setInterval(pulse, 5000);

try {
  page.room = await (await fetch("room")).json();
  furnish();
  page.state = { ...beginning(), ...(decode(location.hash.slice(1)) ?? {}) };
  settled = JSON.stringify(page.state);
  drawControls();
  showMoved();
  move();
} catch (error) { problem(said(error)); }
