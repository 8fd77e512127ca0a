// What is seen of the newest picture: the answer, the curves, the numbers.

import { draw } from "./charts.js";
import { element } from "./controls.js";
import { $, gapOf, page, percent, primary, thousands, unitWords, written } from "./page.js";

const role = (cadence) => (cadence === page.latest.names.baseline ? "baseline" : cadence === page.latest.names.pinned ? "pinned" : "yours");

// `tell(replication, cadence)` is called for a timeline that somebody wants told.
export function show(tell) {
  const { answer, names, n } = page.latest;
  if ($("sentence").textContent !== answer.sentence) {
    $("sentence").textContent = answer.sentence;
    $("sentence").classList.remove("fresh");
    requestAnimationFrame(() => $("sentence").classList.add("fresh"));
  }
  $("details").replaceChildren(...[answer.beside, ...answer.details, answer.sure, answer.caveat].filter(Boolean).map((text) => element("p", {}, text)));
  const last = page.room.stages.at(-1);
  $("depth").textContent = `From ${thousands(n)} timelines under each cadence, with the same luck under each${n < last ? `; on the way to ${thousands(last)}` : ""}.`;
  const told = $("story-cadence").value;
  $("story-cadence").replaceChildren(...page.latest.cadences.map((name) => element("option", {}, name)).reverse());
  $("story-cadence").value = page.latest.cadences.includes(told) ? told : names.yours;
  sayIgnorance();
  showShort();
  showLegend();
  showCurves();
  showNumbers();
  showCauses();
  showParted(tell);
  for (const button of document.querySelectorAll("#jump [data-to]")) button.hidden = $(button.dataset.to).hidden;
}

// The whole answer in one line, which stays in sight.
function showShort() {
  const { names, estimates, contrasts } = page.latest;
  const { key, unit } = primary();
  const one = contrasts[key]?.[names.yours];
  const own = (cadence) => `${cadence} ${written(estimates[key]?.[cadence]?.estimate, unit)}`;
  const parts = [element("span", { class: "key yours" }, own(names.yours)), element("span", { class: "key baseline" }, own(names.baseline))];
  if (one) {
    const [difference, reach] = gapOf(one, unit);
    parts.push(element("strong", {}, `${difference}${unitWords(unit)}`), element("span", {}, `luck ${reach}`));
  }
  const known = page.ignorance?.low !== undefined;
  if (known) parts.push(element("span", { class: "key ignorance" }, `ignorance ${gapOf({ difference: 0, ...page.ignorance }, unit)[1]}`));
  const last = page.room.stages.at(-1);
  if (page.latest.n < last) parts.push(element("span", { class: "hint" }, `so far ${thousands(page.latest.n)} of ${thousands(last)}`));
  $("short").replaceChildren(...parts);
}

function showLegend() {
  const { names, cadences } = page.latest;
  const keys = cadences.map((cadence) => element("span", { class: `key ${role(cadence)}` }, cadence === names.baseline ? `${cadence} (the baseline)` : cadence === names.pinned && cadence !== "pinned" ? `${cadence} (pinned)` : cadence));
  if (page.ignorance?.bands) keys.push(element("span", { class: "key ignorance" }, "worlds that could be ours, nine of ten"));
  $("legend").replaceChildren(...keys);
}

const rowsOf = (curves) => page.latest.cadences.filter((cadence) => curves.of[cadence]).map((cadence) => ({ role: role(cadence), values: curves.of[cadence].estimate, low: curves.of[cadence].low, high: curves.of[cadence].high }));

function showCurves() {
  const { names, cadences, in_force: force, gap, since_signature: since } = page.latest;
  // A model without agreements has measures of its own, and no curves of what is in force.
  $("force-section").hidden = !page.room.agreements;
  $("gap-section").hidden = !gap;
  if (gap) {
    const rows = Object.entries(gap.of).map(([cadence, own]) => ({ role: role(cadence), values: own.estimate, low: own.low, high: own.high }));
    if (page.ignorance?.bands) rows.unshift({ role: "ignorance", ...along(page.ignorance.bands, gap.days) });
    rows.unshift({ role: "baseline", values: gap.days.map(() => 0) });
    draw($("gap"), gap.days, rows, { points: true, label: "years since the start" });
    const own = gap.of[names.yours];
    const [difference, reach] = own ? gapOf({ difference: own.estimate.at(-1), low: own.low.at(-1), high: own.high.at(-1) }, "share") : [];
    $("gap-said").textContent = own ? `Points more in force under ${names.yours} than under ${names.baseline}, by day; at the end ${difference} (${reach}, for luck day for day).` : "";
  }
  if (page.room.agreements && force.days.length) {
    const rows = rowsOf(force);
    const most = Math.max(...rows.flatMap((one) => one.high ?? one.values));
    draw($("force"), force.days, rows, { range: [0, Math.min(1, Math.ceil(most * 11) / 10)], label: "years since the start" });
    $("force-said").textContent = `At the end: ${cadences.map((cadence) => `${cadence} ${percent(force.of[cadence].estimate.at(-1))}`).join(", ")}. Bands are luck alone: 95% Monte Carlo error.`;
  }
  $("since-section").hidden = !since.days.length;
  if (since.days.length) {
    draw($("since"), since.days, rowsOf(since), { range: [0, 1], label: "years since signature" });
    $("since-said").textContent = `Of the agreements that are signed, still kept at the end of the follow-up: ${cadences.map((cadence) => `${cadence} ${percent(since.of[cadence].estimate.at(-1))}`).join(", ")}. Cadences sign different agreements.`;
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
  const { cadences, baseline, estimates, contrasts } = page.latest;
  const others = cadences.filter((cadence) => cadence !== baseline);
  const column = (text) => element("th", { scope: "col", class: "number", role: "columnheader" }, text);
  const head = element("tr", { role: "row" }, element("th", { scope: "col", role: "columnheader" }, "Measure"), ...cadences.map(column), ...others.map((cadence) => column(`${cadence} minus ${baseline}`)));
  const rows = page.room.measures.map((measure) => {
    const own = estimates[measure.key] ?? {};
    const against = contrasts[measure.key] ?? {};
    const row = element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, measure.title));
    for (const cadence of cadences) row.append(element("td", { class: "number", role: "cell" }, written(own[cadence]?.estimate, measure.unit)));
    for (const cadence of others) {
      const one = against[cadence] ?? {};
      const [difference, reach] = gapOf(one, measure.unit);
      row.append(element("td", { class: `number ${one.distinguishable ? "told" : ""}`, role: "cell" }, `${difference}${unitWords(measure.unit)}`, element("span", { class: "interval" }, reach)));
    }
    return row;
  });
  $("numbers").style.setProperty("--columns", cadences.length + others.length);
  $("numbers").replaceChildren(element("caption", { class: "hint" }, "Differences are paired, timeline for timeline, with 95% intervals for luck that hold together; bold where they leave out 0."), element("thead", { role: "rowgroup" }, head), element("tbody", { role: "rowgroup" }, ...rows));
}

function showCauses() {
  const { cadences, causes } = page.latest;
  $("causes-section").hidden = !causes.length;
  const most = Math.max(0.001, ...causes.flatMap((one) => Object.values(one.of).map((own) => own[0])));
  const head = element("tr", {}, element("th", { scope: "col" }, "Cause"), ...cadences.map((cadence) => element("th", { scope: "col" }, cadence)));
  const rows = causes.map((one) => element("tr", {}, element("th", { scope: "row" }, one.cause.replaceAll("_", " ")), ...cadences.map((cadence) => {
    const share = one.of[cadence]?.[0] ?? 0;
    const bar = element("span", { class: "fails", "aria-hidden": "true" });
    bar.style.width = `${(share / most) * 4}rem`;
    bar.style.background = `var(--${role(cadence)})`;
    return element("td", {}, bar, percent(share));
  })));
  $("causes").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
}

function showParted(tell) {
  const { names, parted } = page.latest;
  if (!parted) return;
  const list = (numbers, cadence) => numbers.map((number) => element("button", { type: "button", class: "back", onclick: () => tell(number, cadence) }, String(number)));
  const parts = [];
  if (parted.saved.length) parts.push(`In force at the end under ${names.yours} alone: timeline `, ...list(parted.saved, names.yours), ". ");
  if (parted.lost.length) parts.push(`Under ${names.baseline} alone: `, ...list(parted.lost, names.baseline), ".");
  $("parted").replaceChildren(...parts);
}

// Where what is assumed here lies among the worlds that could be ours.
function kinder() {
  const { ignorance, latest } = page;
  const one = latest?.contrasts[primary().key]?.[latest.names.yours];
  if (!one || ignorance.low === undefined) return "";
  const part = (one.difference - ignorance.middle) / (ignorance.high - ignorance.low);
  if (!(Math.abs(part) > 0.25)) return "";
  const kind = part * (primary().better === "lower" ? -1 : 1) > 0 ? "kinder" : "harsher";
  return `What we assume here is ${kind} to ${latest.names.yours} than most of these worlds.`;
}

function sayIgnorance() {
  const { ignorance, room } = page;
  $("ignorance").hidden = !room.worlds && !ignorance;
  const said = ignorance ? [ignorance.sentence, kinder()].join(" ").trim() : "What is not known: worlds that could be ours are being played with this move.";
  if ($("ignorance").textContent !== said) $("ignorance").textContent = said;
}

export function showIgnorance() {
  sayIgnorance();
  if (page.latest) { showShort(); showLegend(); showCurves(); }
}
