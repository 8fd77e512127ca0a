// Many things tried at once: all cadences of the config, and what would overturn the answer.

import { element, short } from "./controls.js";
import { $, amount as amountOf, gapOf, interval, lines, page, percent, post, primary, said, session, spaced, thousands, written } from "./page.js";

const better = () => (primary().better === "lower" ? -1 : 1);
const small = (attributes, ...inside) => element("button", { type: "button", class: "back", ...attributes }, ...inside);

// Ask, and show what `take(line)` makes of each line; `asked` is kept to say what is stale.
async function trying(button, place, where, content, asked, take) {
  button.disabled = true;
  const about = page.latest?.names.yours ?? "";
  const show = (shown) => { place.replaceChildren(shown); Object.assign(place.dataset, { asked, about }); markStale(); };
  try {
    for await (const line of lines(await post(where, { session, state: JSON.parse(JSON.stringify(page.state)), ...content }))) {
      if (line.problem) return show(element("p", { class: "problem" }, line.problem));
      show(take(line));
    }
    show(take({ done: true }));
  } catch (error) {
    show(element("p", { class: "problem" }, said(error)));
  } finally { button.disabled = false; }
}

// Ready-made cadences hang on the world alone; what overturns a lead hangs on all that is shown.
const world = () => JSON.stringify([page.state.scenario, page.state.assumptions]);
const whole = () => JSON.stringify([page.state.scenario, page.state.assumptions, page.state.levers]);

export function markStale() {
  for (const [id, now, text] of [["tried", world, () => "The figures are those before the world was moved."], ["ends", whole, (about) => `What follows is about ${about}, before your last move. Try again for what is shown now.`]]) {
    const place = $(id);
    place.querySelector(".stale")?.remove();
    const old = Boolean(place.dataset.asked) && place.dataset.asked !== now();
    place.classList.toggle("old", old);
    if (old) place.prepend(element("p", { class: "stale" }, text(place.dataset.about)));
  }
}

// ---- ready-made cadences --------------------------------------------------------------------

// `choose(cadence, event)` is called with the one that somebody begins from.
export function listReadymade(choose, found = []) {
  const known = new Map(found.map((one) => [one.cadence, one]));
  const baseline = page.room.baseline;
  const others = page.room.readymade.filter((one) => one.name !== baseline);
  const rank = (one) => (known.has(one.name) ? -better() * known.get(one.name).difference : Infinity);
  others.sort((one, other) => (rank(one) === rank(other) ? 0 : rank(one) - rank(other)));
  const row = (one, text, told) => element("tr", {},
    element("th", { scope: "row" }, element("button", { type: "button", "data-cadence": one.name, "aria-pressed": "false", onclick: (event) => choose(one, event) }, one.name), element("span", { class: "meaning hint" }, one.about)),
    element("td", { class: `number ${told ? "told" : ""}` }, ...text));
  const figures = (one) => {
    if (!one) return [];
    const [difference, reach] = gapOf({ difference: one.difference, low: one.lower, high: one.upper }, primary().unit);
    return [difference, element("span", { class: "interval" }, reach)];
  };
  const rows = others.map((one) => row(one, figures(known.get(one.name)), known.get(one.name)?.told));
  const base = page.room.readymade.find((one) => one.name === baseline);
  const least = Math.min(...found.map((one) => one.n));
  const whole = found.length === others.length && least === page.room.pairs.readymade;
  const from = !found.length ? "Being played." : `From ${thousands(least)} timelines each${whole ? "" : "; more are being played"}.`;
  const caption = `Compared with ${baseline}, best first${primary().unit === "share" ? ", in points of 100" : ""}. The interval is luck alone; bold where it leaves out 0.`;
  return element("div", {}, element("table", {}, element("caption", { class: "hint" }, caption), element("tbody", {}, ...rows, row(base, ["baseline"]))), element("p", { class: "hint" }, from));
}

export function tryReadymade(choose, then) {
  const found = new Map();
  return trying($("try-all"), $("tried"), "readymade", {}, world(), (line) => {
    if (line.cadence) found.set(line.cadence, line);
    setTimeout(then);
    return listReadymade(choose, [...found.values()]);
  });
}

// ---- what would overturn it -----------------------------------------------------------------

// `set(assumptions, event)` is called with what somebody goes to.
export function overturn(everything, paths, set) {
  const found = new Map();
  const heard = { tips: [], few: [] };
  const known = new Map(page.room.assumptions.map((one) => [one.path, one]));
  const { baseline, yours } = page.latest.names;
  heard.names = [baseline, yours];
  if (innerWidth < 900) $("try-ends").scrollIntoView({ block: "center" });
  return trying($(everything ? "try-everything" : "try-ends"), $("ends"), "ends", { paths, everything }, whole(), (line) => {
    if (line.of) heard.looked = line.of;
    if (line.looked) return element("p", { class: "hint" }, `Still looking: ${line.looked} of ${line.of} assumptions so far.`);
    if (line.path) found.set(line.path, { ...line, turns: line.sure ? turns(line.here, line[line.sure]) : 0 });
    else if (line.tip) heard.tips.push(line);
    else if (line.few) heard.few.push(line);
    else Object.assign(heard, line);
    if (!found.size) return element("p", { class: "hint" }, "Still looking.");
    const list = [...found.values()];
    heard.first ??= list[0].here;
    const here = heard.here ?? heard.first;
    return element("div", {}, element("p", {}, `${yours} minus ${baseline}, as we assume: ${interval(here)}.`), ...verdict(list, here, heard, known, set), endsTable(list, known, heard, set));
  });
}

// 2 where the sign of the difference is another one, and luck alone does not make it so; 1 where what can be told here
// cannot be told there; else 0.
function turns(here, there) {
  if (there.difference === undefined) return 0;
  if (there.told && Math.sign(here.difference) !== Math.sign(there.difference)) return 2;
  return here.told && !there.told ? 1 : 0;
}

// How much of the lead is left at the worse end.
const left = (one) => Math.min(...[one.low, one.high].filter((end) => end.difference !== undefined).map((end) => Math.sign(one.here.difference) * end.difference));
const amount = (spec, value) => amountOf(spec, value, short);
const assumed = (spec) => spec.scenarios[page.state.scenario] ?? spec.value;
const level = (value) => (primary().unit === "share" ? percent(value) : written(value, primary().unit));

// What came out, in sentences: the other cadence becomes the better one, beyond luck; or no clear difference is left,
// which is that the two cannot be told apart.
function verdict(list, here, heard, known, set) {
  if (!heard.settled) return [element("p", { class: "hint" }, `Still looking: ${list.length} of ${heard.trying} tried.`)];
  if (!here.told) return [element("p", {}, "Here the two cannot be told apart, so there is no lead that could be overturned. Choose another cadence.")];
  const name = (path) => `“${known.get(path).title}”`;
  const there = (values) => Object.entries(values).map(([path, value]) => `${name(path)} at ${amount(known.get(path), value)} (we assume ${short(assumed(known.get(path)))})`).join("; ");
  const go = (values, label) => small({ onclick: (event) => set(values, event), "aria-label": label }, "Go there");
  const said = [];
  const behind = heard.names[here.difference * better() > 0 ? 0 : 1];
  const levels = (one) => (one.levels ? ` (${heard.names[0]} ${level(one.levels[0])}, ${heard.names[1]} ${level(one.levels[1])})` : "");
  const becomes = [`the lead stays`, `no clear difference is left`, `${behind} becomes better`];
  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  for (const kind of [2, 1]) {
    const names = list.filter((one) => one.turns === kind).map((one) => name(one.path));
    if (names.length) said.push(element("p", {}, element("strong", {}, `${capital(becomes[kind])} with one assumption${names.length > 1 ? ", any of these" : ""}`), ` at an end of its plausible range: ${names.join("; ")}.`));
  }
  if (!said.length) said.push(element("p", {}, element("strong", {}, "No single assumption overturns it"), ` at an end of its plausible range, of the ${list.length} that were tried${heard.looked ? `: those of ${heard.looked} that came nearest in a rough look, and those of the list` : ""}.`));
  for (const one of heard.few) {
    said.push(element("p", {}, element("strong", {}, `${capital(becomes[turns(here, one)])} with ${one.few.length} together: `), `${there(one.values)}. The difference is then ${interval(one)}${levels(one)}. Other sets may do the same. `, go(one.values, "Go where they do")));
  }
  const round = list.some((one) => one.turns === 2) || [...heard.few, ...heard.tips, heard.together].some((one) => one?.told && turns(here, one) === 2);
  if (heard.done && !round) said.push(element("p", {}, `Nothing that was tried makes ${behind} the better one.`));
  for (const one of heard.tips) {
    const spec = known.get(one.tip);
    const range = `plausible ${short(spec.low)} to ${amount(spec, spec.high)}; we assume ${short(assumed(spec))}`;
    if (one.until !== undefined) said.push(element("p", {}, `${name(one.tip)} alone leaves the lead, even at ${amount(spec, one.until)} (${range}).`));
    else said.push(element("p", {}, `${name(one.tip)} alone: ${becomes[turns(here, one)]} at about ${amount(spec, one.value)} ${one.value < assumed(spec) ? "or less" : "or more"}${one.beyond ? ", beyond what is plausible" : ""} (${range}). The difference there: ${interval(one)}${levels(one)}. `, go({ [one.tip]: one.value }, `Set ${spec.title} to ${short(one.value)}`)));
  }
  if (heard.together) said.push(element("p", {}, `With all ${list.length}, each at the end that is worse for what leads here, ${becomes[turns(here, heard.together)]}: ${interval(heard.together)}${levels(heard.together)}. `, go(heard.values, "Go where all are at their worse ends")));
  if (!heard.done) said.push(element("p", { class: "hint" }, "Still looking."));
  return said;
}

function endsTable(list, known, heard, set) {
  list.sort((one, other) => other.turns - one.turns || left(one) - left(other));
  const end = (one, which) => element("td", {}, small({ "aria-label": `Set ${known.get(one.path).title} to ${short(one[which].value)}`, onclick: (event) => set({ [one.path]: one[which].value }, event) }, short(one[which].value)), element("span", { class: `meaning ${one[which].told ? "told" : ""}` }, `${interval(one[which])}${one.sure === which ? "*" : ""}`));
  const rows = list.map((one) => element("tr", { class: one.turns ? "turns" : "" },
    element("th", { scope: "row" }, known.get(one.path).title, one.turns ? element("strong", {}, one.turns === 2 ? ": turns it round" : ": no clear difference left") : "", element("span", { class: "meaning hint" }, `${spaced(known.get(one.path).mechanism)}${known.get(one.path).unit ? `, ${known.get(one.path).unit}` : ""}`)),
    end(one, "low"), end(one, "high")));
  const how = `The difference with one assumption at either end of its plausible range, all else as it is, from ${thousands(page.room.pairs.ends)} timelines; from those it is ${interval(heard.first)} as we assume.${list.some((one) => one.sure) ? ` Marked *: from ${thousands(page.room.pairs.sure)}, since the fewer left a doubt.` : ""} Choose a value to go there.`;
  const column = (text) => element("th", { scope: "col" }, text);
  return element("div", { class: "scroll" }, element("table", {}, element("caption", { class: "hint" }, how), element("thead", {}, element("tr", {}, column("Assumption"), column("at its low end"), column("at its high end"))), element("tbody", {}, ...rows)));
}
