// Many things tried at once: all cadences of the config, and what would overturn the answer.

import { element, short } from "./controls.js";
import { $, interval, lines, page, post, primary, said, session, spaced, thousands, written } from "./page.js";

const better = () => (primary().better === "lower" ? -1 : 1);
const small = (attributes, ...inside) => element("button", { type: "button", class: "back", ...attributes }, ...inside);

// Ask, and show what `take(line)` makes of each line; `asked` is kept to say what is stale.
async function trying(button, place, where, content, asked, take) {
  button.disabled = true;
  const show = (shown) => { place.replaceChildren(shown); place.dataset.asked = asked; markStale(); };
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
  for (const [id, now, text] of [["tried", world, "The differences are those before the world was moved. Try again for the world that is shown now."], ["ends", whole, "This was tried before your last move. Try again for what is shown now."]]) {
    const place = $(id);
    place.querySelector(".stale")?.remove();
    if (place.dataset.asked && place.dataset.asked !== now()) place.prepend(element("p", { class: "stale" }, text));
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
  const figures = (one) => (one ? [written(one.difference, primary().unit, true), element("span", { class: "interval" }, `${written(one.lower, primary().unit, true)} to ${written(one.upper, primary().unit, true)}`)] : []);
  const rows = others.map((one) => row(one, figures(known.get(one.name)), known.get(one.name)?.told));
  const base = page.room.readymade.find((one) => one.name === baseline);
  const caption = found.length ? `${found.length < others.length ? "Still trying. " : ""}Compared with ${baseline}, from ${thousands(page.room.pairs.readymade)} timelines each, best first. The interval is luck alone; bold where it leaves out 0.` : `Those of the config. ${baseline} is what all are compared with.`;
  return element("table", {}, element("caption", { class: "hint" }, caption), element("tbody", {}, ...rows, row(base, ["baseline"])));
}

export function tryReadymade(choose, then) {
  const found = [];
  return trying($("try-all"), $("tried"), "readymade", {}, world(), (line) => {
    if (!line.done) found.push(line);
    setTimeout(then);
    return listReadymade(choose, found);
  });
}

// ---- what would overturn it -----------------------------------------------------------------

// `set(assumptions, event)` is called with what somebody goes to.
export function overturn(everything, paths, set) {
  const found = new Map();
  const heard = { tips: [] };
  const known = new Map(page.room.assumptions.map((one) => [one.path, one]));
  const { baseline, yours } = page.latest.names;
  return trying($(everything ? "try-everything" : "try-ends"), $("ends"), "ends", { paths, everything }, whole(), (line) => {
    if (line.looked) return element("p", { class: "hint" }, `Still looking: ${line.looked} of ${line.of} assumptions so far.`);
    if (line.path) found.set(line.path, { ...line, turns: line.sure ? turns(line.here, line[line.sure]) : 0 });
    else if (line.tip) heard.tips.push(line);
    else if (line.few) heard.few = line;
    else Object.assign(heard, line);
    if (!found.size) return element("p", { class: "hint" }, "Still looking.");
    const list = [...found.values()];
    const here = heard.here ?? list[0].here;
    return element("div", {}, element("p", {}, `${yours} less ${baseline}: ${interval(here)}.`), ...verdict(list, here, heard, known, set), endsTable(list, known, everything, set));
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
const amount = (spec, value) => `${short(value)} ${spec.unit}`.trim();

function verdict(list, here, heard, known, set) {
  const still = element("p", { class: "hint" }, "Still looking.");
  if (!heard.settled) return [element("p", { class: "hint" }, `Still looking: ${list.length} of ${heard.trying} tried.`)];
  if (!here.told) return [element("p", {}, "Here the two cannot be told apart, so there is no lead that could be overturned. Choose another cadence.")];
  const name = (path) => `“${known.get(path).title}”`;
  const said = [];
  const names = (kind) => list.filter((one) => one.turns === kind).map((one) => name(one.path));
  const [turning, taking] = [names(2), names(1)];
  if (turning.length) said.push(element("p", {}, element("strong", {}, "Yes, one assumption overturns it."), ` Within its plausible range it turns the lead round, beyond luck: ${turning.join("; ")}.`));
  if (taking.length) said.push(element("p", {}, turning.length ? "" : element("strong", {}, `Yes, one assumption is enough${taking.length > 1 ? ", any of these" : ""}.`), ` Within its plausible range it takes the lead away, so that it cannot be told from 0: ${taking.join("; ")}.`));
  if (!turning.length && !taking.length) said.push(element("p", {}, element("strong", {}, "No single assumption overturns it"), " within its plausible range, of those that were tried."));
  if (heard.few) {
    const { few, values } = heard.few;
    said.push(element("p", {}, element("strong", {}, `${few.length} together do`), `, each at its worse end: ${few.map((path) => `${name(path)} at ${amount(known.get(path), values[path])}`).join("; ")}. The difference is then ${interval(heard.few)}. `, small({ onclick: (event) => set(values, event) }, "Go there")));
  }
  for (const one of heard.tips) {
    const spec = known.get(one.tip);
    const usual = spec.scenarios[page.state.scenario] ?? spec.value;
    const range = `plausible ${short(spec.low)} to ${amount(spec, spec.high)}; the config has ${short(usual)}`;
    if (one.until !== undefined) said.push(element("p", {}, `${name(one.tip)} alone does not take it away even at ${amount(spec, one.until)} (${range}).`));
    else said.push(element("p", {}, `${name(one.tip)} takes it away from about ${amount(spec, one.value)} on${one.beyond ? ", beyond what is plausible" : ""} (${range}). The difference there: ${interval(one)}. `, small({ onclick: (event) => set({ [one.tip]: one.value }, event), "aria-label": `Set ${spec.title} to ${short(one.value)}` }, "Go there")));
  }
  if (heard.together) {
    said.push(element("p", {}, `All ${list.length} that were tried, each at its worse end, together ${["leave the lead", "take the lead away", "turn the lead round"][turns(here, heard.together)]}: ${interval(heard.together)}. `, small({ onclick: (event) => set(heard.values, event) }, "Go there")));
  }
  if (!heard.done) said.push(still);
  return said;
}

function endsTable(list, known, everything, set) {
  list.sort((one, other) => other.turns - one.turns || left(one) - left(other));
  const end = (one, which) => element("td", {}, small({ "aria-label": `Set ${known.get(one.path).title} to ${short(one[which].value)}`, onclick: (event) => set({ [one.path]: one[which].value }, event) }, short(one[which].value)), element("span", { class: one[which].told ? "told" : "" }, ` ${interval(one[which])}`), one.sure === which ? "*" : "");
  const rows = list.map((one) => element("tr", { class: one.turns ? "turns" : "" },
    element("th", { scope: "row" }, known.get(one.path).title, one.turns ? element("strong", {}, one.turns === 2 ? ": turns it" : ": takes it away") : "", element("span", { class: "meaning hint" }, `${spaced(known.get(one.path).mechanism)}${known.get(one.path).unit ? `, ${known.get(one.path).unit}` : ""}`)),
    end(one, "low"), end(one, "high")));
  const how = `What is left of the difference with one assumption at either end of its plausible range, all else as it is; from ${thousands(page.room.pairs.ends)} timelines${everything ? ", for those in the list and those that came nearest of all" : ""}, where marked * from ${thousands(page.room.pairs.sure)}. Choose a value to go there.`;
  const column = (text) => element("th", { scope: "col" }, text);
  return element("div", { class: "scroll" }, element("table", {}, element("caption", { class: "hint" }, how), element("thead", {}, element("tr", {}, column("Assumption"), column("at its low end"), column("at its high end"))), element("tbody", {}, ...rows)));
}
