// The what-if room: a move goes to the program, its pictures come back as a stream of lines.

import { assumption, drawLevers, element, short } from "./controls.js";
import { draw, fit, repaint } from "./charts.js";

const $ = (id) => document.getElementById(id);
const session = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let room;
let state;
let before = []; // states to go back to
let settled; // the state before the movement in hand
let latest; // the newest picture
let extra = []; // assumptions shown besides the leading ones
let ignorance; // what worlds say of the state

const copy = (value) => JSON.parse(JSON.stringify(value));

// ---- asking ---------------------------------------------------------------------------------

async function post(where, content, signal) {
  const answer = await fetch(where, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content), signal });
  if (!answer.ok) {
    const text = await answer.text();
    let said = text;
    try { said = JSON.parse(text).problem ?? text; } catch { /* a plain sentence */ }
    throw new Problem(said);
  }
  return answer;
}

class Problem extends Error {}

async function* lines(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

function said(error) {
  if (error instanceof Problem) return error.message;
  return "The program does not answer: it has been ended, or is busy. Start it again, and reload this page.";
}

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
  const asked = copy(state);
  document.body.classList.add("busy");
  try {
    const answer = await post("move", { session, state: asked }, own.abort.signal);
    for await (const line of lines(answer)) {
      if (own !== inHand) return;
      if (line.problem) { problem(line.problem); break; }
      if (line.picture) take(line, asked);
      if (line.worlds) { ignorance = line.worlds; showIgnorance(); }
      if (line.picture && !own.first) {
        own.first = true;
        performance.measure("first picture", { start: begun, end: performance.now(), detail: { n: line.picture.n } });
      }
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
  latest = { ...line.picture, asked };
  for (const box of document.querySelectorAll(".control[data-path]")) box.classList.toggle("outside", box.dataset.path in line.outside);
  notice(line.edited);
  show();
}

// Each movement is one step back for Undo: from where it began to where it ended.
function ended() {
  const now = JSON.stringify(state);
  if (settled !== now) before.push(settled);
  if (before.length > 200) before.shift();
  settled = now;
  $("undo").disabled = !before.length;
  history.replaceState(null, "", `#${encode(state)}`);
}

function go(next, event) {
  state = next;
  ignorance = undefined;
  drawControls();
  ended();
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

// ---- showing --------------------------------------------------------------------------------

const percent = (value, digits = 1) => (value === null || value === undefined ? "–" : `${(value * 100).toFixed(digits)}%`);
const role = (cadence) => (cadence === room.names.baseline ? "baseline" : cadence === room.names.pinned ? "pinned" : "yours");

function written(value, unit, signed) {
  if (value === null || value === undefined) return "–";
  const number = unit === "share" ? value * 100 : value;
  const text = unit === "share" ? Math.abs(number).toFixed(1) : unit === "days" ? Math.abs(number).toFixed(0) : Math.abs(number).toFixed(2);
  const less = number < 0 && Number(text) !== 0 ? "−" : signed && Number(text) !== 0 ? "+" : "";
  return `${less}${text}${unit === "share" && !signed ? "%" : ""}`;
}

function show() {
  const { answer } = latest;
  if ($("sentence").textContent !== answer.sentence) {
    $("sentence").textContent = answer.sentence;
    $("sentence").classList.remove("fresh");
    requestAnimationFrame(() => $("sentence").classList.add("fresh"));
  }
  $("beside").textContent = answer.beside;
  $("details").replaceChildren(...[...answer.details, answer.sure, answer.caveat].filter(Boolean).map((text) => element("p", {}, text)));
  const last = room.stages.at(-1);
  $("depth").textContent = `From ${latest.n.toLocaleString("en")} timelines under each cadence, luck for luck${latest.n < last ? `; refining to ${last.toLocaleString("en")}` : ""}.`;
  showLegend();
  showCurves();
  showNumbers();
  showCauses();
  showParted();
}

function showLegend() {
  const keys = latest.cadences.map((cadence) => element("span", { class: `key ${role(cadence)}` }, cadence === room.names.baseline ? `${cadence} (the baseline)` : cadence));
  if (ignorance?.bands) keys.push(element("span", { class: "key ignorance" }, "worlds that could be ours"));
  $("legend").replaceChildren(...keys);
}

function showCurves() {
  const force = latest.in_force;
  // A model without agreements has measures of its own, and no curves of what is in force.
  $("force-section").hidden = !room.agreements;
  $("gap-section").hidden = !latest.gap;
  if (room.agreements && force.days.length) {
    const rows = latest.cadences.filter((cadence) => force.of[cadence]).map((cadence) => ({ role: role(cadence), values: force.of[cadence].estimate, low: force.of[cadence].low, high: force.of[cadence].high }));
    draw($("force"), force.days, rows, { range: [0, 1], label: "years since the start" });
    $("force-said").textContent = `At the end: ${latest.cadences.map((cadence) => `${cadence} ${percent(force.of[cadence].estimate.at(-1))}`).join(", ")}. Bands are 95% Monte Carlo error.`;
  }
  const gap = latest.gap;
  if (gap) {
    const rows = Object.entries(gap.of).map(([cadence, own]) => ({ role: role(cadence), values: own.estimate, low: own.low, high: own.high }));
    if (ignorance?.bands) rows.unshift({ role: "ignorance", ...along(ignorance.bands, gap.days) });
    rows.unshift({ role: "baseline", values: gap.days.map(() => 0) });
    draw($("gap"), gap.days, rows, { points: true, label: "years since the start" });
    const own = gap.of[room.names.yours];
    $("gap-said").textContent = (own ? `Points more in force under ${room.names.yours} than under ${room.names.baseline}, by day; at the end ${written(own.estimate.at(-1), "share", true)} (${written(own.low.at(-1), "share", true)} to ${written(own.high.at(-1), "share", true)}).` : "") + (ignorance?.bands ? ` ${ignorance.sentence}` : "");
  }
  const since = latest.since_signature;
  $("since-section").hidden = !since.days.length;
  if (since.days.length) {
    const rows = latest.cadences.filter((cadence) => since.of[cadence]).map((cadence) => ({ role: role(cadence), values: since.of[cadence].estimate, low: since.of[cadence].low, high: since.of[cadence].high }));
    draw($("since"), since.days, rows, { range: [0, 1], label: "years since signature" });
    $("since-said").textContent = `Of the agreements that are signed, still kept at the end of the follow-up: ${latest.cadences.map((cadence) => `${cadence} ${percent(since.of[cadence].estimate.at(-1))}`).join(", ")}. Cadences sign different agreements.`;
  }
}

// A band is known on fewer days than the curves; between them it runs straight.
function along(band, days) {
  const at = (values, day) => {
    const next = Math.min(Math.max(1, band.days.findIndex((one) => one >= day)), band.days.length - 1);
    const part = (day - band.days[next - 1]) / (band.days[next] - band.days[next - 1]);
    return values[next - 1] + (values[next] - values[next - 1]) * Math.min(part, 1);
  };
  return { low: days.map((day) => at(band.low, day)), high: days.map((day) => at(band.high, day)) };
}

function showNumbers() {
  const head = element("tr", {}, element("th", { scope: "col" }, "Measure"), ...latest.cadences.map((cadence) => element("th", { scope: "col", class: "number" }, cadence)));
  for (const cadence of latest.cadences) if (cadence !== latest.baseline) head.append(element("th", { scope: "col", class: "number" }, `${cadence} less ${latest.baseline}`));
  const rows = room.measures.map((measure) => {
    const own = latest.estimates[measure.key] ?? {};
    const against = latest.contrasts[measure.key] ?? {};
    const row = element("tr", {}, element("th", { scope: "row" }, measure.title));
    for (const cadence of latest.cadences) row.append(element("td", { class: "number" }, written(own[cadence]?.estimate, measure.unit)));
    for (const cadence of latest.cadences) {
      if (cadence === latest.baseline) continue;
      const one = against[cadence] ?? {};
      const unit = measure.unit === "share" ? " points" : measure.unit === "days" ? " days" : "";
      row.append(element("td", { class: `number ${one.distinguishable ? "told" : ""}` }, `${written(one.difference, measure.unit, true)}${unit}`, element("span", { class: "interval" }, one.low === null || one.low === undefined ? "" : `${written(one.low, measure.unit, true)} to ${written(one.high, measure.unit, true)}`)));
    }
    return row;
  });
  $("numbers").replaceChildren(element("caption", { class: "hint" }, "Differences are paired, timeline for timeline, with 95% intervals that hold together; bold where they leave out 0."), element("thead", {}, head), element("tbody", {}, ...rows));
}

function showCauses() {
  $("causes-section").hidden = !latest.causes.length;
  const most = Math.max(0.001, ...latest.causes.flatMap((one) => Object.values(one.of).map((own) => own[0])));
  const head = element("tr", {}, element("th", { scope: "col" }, "Cause"), ...latest.cadences.map((cadence) => element("th", { scope: "col" }, cadence)));
  const rows = latest.causes.map((one) => element("tr", {}, element("th", { scope: "row" }, one.cause.replaceAll("_", " ")), ...latest.cadences.map((cadence) => {
    const share = one.of[cadence]?.[0] ?? 0;
    const bar = element("span", { class: `fails key-${role(cadence)}`, "aria-hidden": "true" });
    bar.style.width = `${(share / most) * 4}rem`;
    bar.style.background = `var(--${role(cadence)})`;
    return element("td", {}, bar, percent(share));
  })));
  $("causes").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
}

function showParted() {
  const parted = latest.parted;
  if (!parted) return;
  const list = (numbers) => numbers.map((number) => element("button", { type: "button", class: "back", onclick: () => { $("replication").value = number; tell(); } }, String(number)));
  const parts = [];
  if (parted.saved.length) parts.push(`In force at the end under ${room.names.yours} alone: `, ...list(parted.saved), " ");
  if (parted.lost.length) parts.push(`under ${room.names.baseline} alone: `, ...list(parted.lost));
  $("parted").replaceChildren(...parts);
}

function showIgnorance() {
  const text = ignorance?.sentence;
  $("ignorance").hidden = !text;
  $("ignorance").textContent = text ?? "";
  if (latest) { showLegend(); showCurves(); }
}

function notice(edited) {
  $("notice").hidden = !edited;
  if (!edited) return;
  $("notice").replaceChildren(`${edited[0].toUpperCase()}${edited.slice(1)} was edited since this page was opened; the numbers are those from before. `, element("button", { type: "button", onclick: reload }, "Read it again"));
}

async function reload() {
  try {
    room = await (await post("reload", {})).json();
    $("notice").hidden = true;
    furnish();
    go(state);
  } catch (error) { problem(said(error)); }
}

// ---- controls -------------------------------------------------------------------------------

function drawControls() {
  drawLevers($("levers"), room.levers, state.levers, (levers, event) => {
    if (levers === undefined) return ended();
    $("readymade").value = "";
    $("about").textContent = "";
    ignorance = undefined;
    move(event);
  });
  const shown = [...new Set([...room.leading, ...extra, ...Object.keys(state.assumptions)])];
  const known = new Map(room.assumptions.map((one) => [one.path, one]));
  const specs = (shown.length ? shown : room.assumptions.slice(0, 12).map((one) => one.path)).map((path) => known.get(path)).filter(Boolean);
  $("assumptions").replaceChildren(...specs.map((spec) => assumption(spec, state.assumptions[spec.path], state.scenario, (path, value, event) => {
    if (path === null) return ended();
    if (value === undefined) delete state.assumptions[path];
    else state.assumptions[path] = value;
    ignorance = undefined;
    move(event);
  })));
  $("scenario").value = state.scenario;
  $("pin").setAttribute("aria-pressed", String(state.pinned !== null));
  $("pin").textContent = state.pinned === null ? "Pin this cadence" : "Unpin";
  $("undo").disabled = !before.length;
}

function furnish() {
  document.title = `What if? ${room.title}`;
  $("title").textContent = room.title;
  $("question").textContent = room.question;
  $("readymade").replaceChildren(element("option", { value: "" }, "(as it stands below)"), ...room.readymade.map((one) => element("option", { value: one.name }, one.name)));
  $("scenario").replaceChildren(...room.scenarios.map((one) => element("option", { value: one.name }, one.about ? `${one.name}: ${one.about}` : one.name)));
  $("scenario-row").hidden = room.scenarios.length < 2;
  $("others").replaceChildren(...room.assumptions.map((one) => element("option", { value: one.path }, `${spaced(one.mechanism)}: ${one.meaning}`)));
  $("story-cadence").replaceChildren(...[room.names.yours, room.names.baseline].map((name) => element("option", {}, name)));
  $("foot").textContent = `Model ${room.model}, seed ${room.seed}. Nothing is written and nothing leaves this machine.`;
  if (!room.leading.length) $("leading-hint").textContent = "The first assumptions of the model; others can be added below.";
}

const beginning = () => ({ scenario: room.scenarios[0].name, levers: copy(room.begun.levers), pinned: null, assumptions: {} });

$("readymade").addEventListener("change", (event) => {
  const chosen = room.readymade.find((one) => one.name === event.target.value);
  if (!chosen) return;
  go({ ...state, levers: copy(chosen.levers) }, event);
  $("readymade").value = chosen.name;
  $("about").textContent = chosen.about;
});
$("scenario").addEventListener("change", (event) => go({ ...state, scenario: event.target.value }, event));
$("undo").addEventListener("click", (event) => {
  if (!before.length) return;
  state = JSON.parse(before.pop());
  settled = JSON.stringify(state);
  ignorance = undefined;
  drawControls();
  history.replaceState(null, "", `#${encode(state)}`);
  move(event);
});
$("pin").addEventListener("click", (event) => go({ ...state, pinned: state.pinned === null ? copy(state.levers) : null }, event));
$("reset").addEventListener("click", (event) => { extra = []; go(beginning(), event); });
$("search").addEventListener("change", (event) => {
  const path = event.target.value.trim();
  if (!room.assumptions.some((one) => one.path === path)) return;
  extra.push(path);
  event.target.value = "";
  drawControls();
  document.querySelector(`[data-path="${CSS.escape(path)}"] input, [data-path="${CSS.escape(path)}"] select`)?.focus();
});

// ---- trying many things ---------------------------------------------------------------------

async function trying(button, place, where, content, take) {
  button.disabled = true;
  const asked = JSON.stringify(state);
  const show = (...shown) => { place.replaceChildren(...shown); place.dataset.asked = asked; markStale(); };
  try {
    for await (const line of lines(await post(where, { session, state: JSON.parse(asked), ...content }))) {
      if (line.problem) { show(element("p", { class: "problem" }, line.problem)); return; }
      show(take(line));
    }
    show(take({ done: true }));
  } catch (error) {
    show(element("p", { class: "problem" }, said(error)));
  } finally { button.disabled = false; }
}

// What was tried before a move speaks of another state, and says so.
function markStale() {
  for (const id of ["tried", "ends"]) {
    const place = $(id);
    place.querySelector(".stale")?.remove();
    if (place.dataset.asked && place.dataset.asked !== JSON.stringify(state)) place.prepend(element("p", { class: "stale" }, "This was tried before your last move. Try again for what is shown now."));
  }
}

const unitOf = () => room.measures.find((one) => one.key === room.primary)?.unit ?? "share";
const better = () => (room.measures.find((one) => one.key === room.primary)?.better === "lower" ? -1 : 1);
const interval = (one) => (one.difference === undefined ? "impossible there" : `${written(one.difference, unitOf(), true)} (${written(one.lower, unitOf(), true)} to ${written(one.upper, unitOf(), true)})`);

$("try-all").addEventListener("click", () => {
  const found = [];
  trying($("try-all"), $("tried"), "readymade", {}, (line) => {
    if (!line.done) found.push(line);
    found.sort((one, other) => better() * (other.difference - one.difference));
    const rows = found.map((one) => element("tr", {}, element("th", { scope: "row" }, element("button", { type: "button", class: "back", onclick: (event) => { $("readymade").value = one.cadence; $("readymade").dispatchEvent(new Event("change")); event.target.focus(); } }, one.cadence)), element("td", { class: `number ${one.told ? "told" : ""}` }, interval(one))));
    return element("table", {}, element("caption", { class: "hint" }, `${line.done ? "" : "Still trying. "}Compared with ${room.names.baseline}, from ${room.pairs.readymade.toLocaleString("en")} timelines each, best first; choose one to begin from. Numbers in bold: beyond luck.`), element("tbody", {}, ...rows));
  });
});

const listed = () => [...document.querySelectorAll("#assumptions .control")].map((box) => box.dataset.path).slice(0, room.most_tried);
$("try-ends").addEventListener("click", () => overturn($("try-ends"), false));
$("try-everything").addEventListener("click", () => overturn($("try-everything"), true));

function overturn(button, everything) {
  const found = new Map();
  const heard = {};
  const known = new Map(room.assumptions.map((one) => [one.path, one]));
  trying(button, $("ends"), "ends", { paths: listed(), everything }, (line) => {
    if (line.looked) return element("p", { class: "hint" }, `Still looking: ${line.looked} of ${line.of} assumptions so far.`);
    if (line.path) found.set(line.path, { ...line, turns: line.sure ? turns(line.here, line[line.sure]) : 0 });
    Object.assign(heard, line);
    return found.size ? endsTable([...found.values()], known, heard, everything) : element("p", { class: "hint" }, "Still looking.");
  });
}

// 2 where the sign of the difference is another one, and luck alone does not make it so; 1 where what can be told here
// cannot be told there; else 0.
function turns(here, there) {
  if (there.difference === undefined) return 0;
  if (there.told && Math.sign(here.difference) !== Math.sign(there.difference)) return 2;
  return here.told && !there.told ? 1 : 0;
}

const spaced = (name) => name.replaceAll("_", " ");

// How much of the lead is left at the worse end.
const left = (one) => Math.min(...[one.low, one.high].filter((end) => end.difference !== undefined).map((end) => Math.sign(one.here.difference) * end.difference));

function endsTable(found, known, heard, everything) {
  found.sort((one, other) => other.turns - one.turns || left(one) - left(other));
  const go_to = (path, end) => element("button", { type: "button", class: "back", "aria-label": `Set ${known.get(path).label} to ${short(end.value)}`, onclick: (event) => go({ ...state, assumptions: { ...state.assumptions, [path]: end.value } }, event) }, short(end.value));
  const rows = found.map((one) => element("tr", { class: one.turns ? "turns" : "" },
    element("th", { scope: "row" }, known.get(one.path).label, one.turns ? element("strong", {}, one.turns === 2 ? " turns it" : " takes it away") : "", element("span", { class: "meaning hint" }, `${spaced(known.get(one.path).mechanism)}: ${known.get(one.path).meaning}`)),
    ...["low", "high"].map((end) => element("td", {}, go_to(one.path, one[end]), ` ${interval(one[end])}`, one.sure === end ? "*" : ""))));
  const here = (found.find((one) => one.sure) ?? found[0]).here;
  const names = (kind) => found.filter((one) => one.turns === kind).map((one) => `“${known.get(one.path).meaning}”`);
  const [turning, taking] = [names(2), names(1)];
  const verdict = !here.told ? `Here the two cannot be told apart, so there is no lead that could be overturned.`
    : turning.length || taking.length ? [turning.length ? `Beyond luck, the lead turns round with ${turning.join("; or with ")}.` : "", taking.length ? `It cannot be told from 0 any more with ${taking.join("; or with ")}.` : ""].join(" ").trim()
    : "No single assumption, at an end of its plausible range, takes the lead away.";
  const text = `${room.names.yours} compared with ${room.names.baseline}: ${interval(here)}. ${heard.done ? verdict : `Still looking: ${found.length} of ${heard.trying} tried.`}`;
  const how = `Each was tried at both ends with ${room.pairs.ends.toLocaleString("en")} timelines${everything ? ", those in the list and those that came nearest of all" : ""}; the nearest again with ${room.pairs.sure.toLocaleString("en")}, marked *.`;
  const all = heard.together && element("p", {}, `All ${found.length} at their worse ends together ${["leave the lead", "take the lead away", "turn the lead round"][turns(here, heard.together)]}: ${interval(heard.together)}. `, element("button", { type: "button", class: "back", onclick: (event) => go({ ...state, assumptions: { ...state.assumptions, ...heard.values } }, event) }, "Go there"));
  return element("div", { class: "scroll" }, element("p", {}, text), all, element("table", {}, element("caption", { class: "hint" }, how), element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Assumption"), element("th", { scope: "col" }, "at its low end"), element("th", { scope: "col" }, "at its high end"))), element("tbody", {}, ...rows)));
}

// ---- one timeline, and keeping --------------------------------------------------------------

async function tell() {
  try {
    const told = await (await post("story", { state, cadence: $("story-cadence").value, replication: Number($("replication").value) })).json();
    let phase = "";
    const items = [];
    for (const event of told.events) {
      if (event.phase !== phase) items.push(element("li", { class: "phase" }, (phase = event.phase)));
      items.push(element("li", {}, element("span", { class: "hint" }, event.when), event.sentence));
    }
    $("story").replaceChildren(element("h3", {}, told.title), element("ol", { tabindex: "0", "aria-label": told.title }, ...items), element("p", { class: "told" }, told.ending));
  } catch (error) { $("story").replaceChildren(element("p", { class: "problem" }, said(error))); }
}
$("story-form").addEventListener("submit", (event) => { event.preventDefault(); tell(); });

$("download").addEventListener("click", async () => {
  try {
    const made = await (await post("config", { state })).json();
    const url = URL.createObjectURL(new Blob([made.text], { type: "application/toml" }));
    element("a", { href: url, download: made.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    $("shared").textContent = `Downloaded ${made.name}.`;
  } catch (error) { $("shared").textContent = said(error); }
});
$("link").addEventListener("click", async () => {
  history.replaceState(null, "", `#${encode(state)}`);
  try {
    await navigator.clipboard.writeText(location.href);
    $("shared").textContent = "The link is copied.";
  } catch { $("shared").textContent = "The address of this page is the link: copy it from the browser's bar."; }
});

window.addEventListener("hashchange", () => { const found = decode(location.hash.slice(1)); if (found && JSON.stringify(found) !== settled) go({ ...beginning(), ...found }); });
window.addEventListener("resize", fit);
new ResizeObserver(([box]) => document.documentElement.style.setProperty("--answer", `${Math.ceil(box.target.offsetHeight)}px`)).observe($("answer"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { repaint(); if (latest) show(); });
document.addEventListener("visibilitychange", pulse);
async function pulse() {
  if (document.hidden || !room) return;
  try {
    const now = await (await fetch("pulse")).json();
    notice(now.edited);
    if (ignorance?.wait && !now.searching) move();
  } catch { /* the next move says it */ }
}
setInterval(pulse, 5000);

try {
  room = await (await fetch("room")).json();
  furnish();
  state = { ...beginning(), ...(decode(location.hash.slice(1)) ?? {}) };
  settled = JSON.stringify(state);
  drawControls();
  move();
} catch (error) { problem(said(error)); }
