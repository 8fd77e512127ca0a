// What can be moved: levers, and assumptions with their ranges. Each control calls `moved` when it has a new value.

export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...inside.filter((one) => one !== null && one !== undefined));
  return made;
}

let numbers = 0;
const fresh = (what) => `${what}-${++numbers}`;

export function short(value) {
  if (typeof value !== "number") return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size < 0.001 || size >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

// A slider has 1,000 places; along a range of ratios equal steps are equal ratios.
const PLACES = 1000;
function scale(low, high, even) {
  if (even || low <= 0) {
    return { at: (place) => low + ((high - low) * place) / PLACES, of: (value) => ((value - low) / (high - low)) * PLACES };
  }
  const ratio = Math.log(high / low);
  return { at: (place) => low * Math.exp((ratio * place) / PLACES), of: (value) => (Math.log(Math.max(value, low) / low) / ratio) * PLACES };
}

function rounded(value, low, high, whole) {
  if (whole) return Math.round(value);
  const digits = Math.max(0, 3 - Math.ceil(Math.log10(Math.max(Math.abs(value), (high - low) / 1000, 1e-12))));
  return Number(value.toFixed(Math.min(digits, 12)));
}

// A slider and a number for one value. Returns the row, and what sets it from outside.
function numberRow(id, spec, value, low, high, even, moved) {
  const along = scale(low, high, even);
  const whole = spec.kind === "whole";
  const said = (given) => `${short(given)} ${spec.unit}`.trim();
  const slider = element("input", { type: "range", min: 0, max: PLACES, step: 1, id: `${id}-slider`, "aria-labelledby": `${id}-name`, "aria-describedby": `${id}-meaning` });
  const number = element("input", { type: "number", step: "any", id, inputmode: "decimal", "aria-labelledby": `${id}-name ${id}-unit`, "aria-describedby": `${id}-meaning` });
  const show = (given) => {
    slider.value = Math.round(Math.min(Math.max(along.of(given), 0), PLACES));
    slider.setAttribute("aria-valuetext", said(given));
    number.value = given;
  };
  slider.addEventListener("input", (event) => {
    const given = rounded(along.at(Number(slider.value)), low, high, whole);
    number.value = given;
    slider.setAttribute("aria-valuetext", said(given));
    moved(given, event);
  });
  slider.addEventListener("change", () => moved(undefined));
  number.addEventListener("change", (event) => {
    if (number.value === "" || !Number.isFinite(Number(number.value))) return show(value);
    const given = Number(number.value);
    slider.value = Math.round(Math.min(Math.max(along.of(given), 0), PLACES));
    slider.setAttribute("aria-valuetext", said(given));
    moved(given, event);
    moved(undefined);
  });
  show(value);
  const row = element("div", { class: "row" }, slider, number, element("span", { class: "unit", id: `${id}-unit` }, spec.unit || ""));
  return { row, show };
}

function choose(id, choices, value, moved, describedby) {
  const select = element("select", { id, "aria-describedby": describedby });
  for (const choice of choices) select.append(element("option", { value: choice }, choice));
  select.value = value;
  select.addEventListener("change", (event) => { moved(select.value, event); moved(undefined); });
  return select;
}

// ---- levers ---------------------------------------------------------------------------------

// `moved(levers, event)` is called with all levers anew; `moved(undefined)` once a movement has ended.
export function drawLevers(place, specs, levers, moved) {
  place.replaceChildren(...specs.map((spec) => lever(spec, levers, (event) => moved(levers, event), () => moved(undefined), () => drawLevers(place, specs, levers, moved))));
}

function put(table, spec, value) {
  if (value === spec.default) delete table[spec.name];
  else table[spec.name] = value;
}

function lever(spec, table, told, ended, again) {
  if (spec.kind === "list") return rules(spec, table, told, ended, again);
  if (spec.kind === "group") {
    const inside = table[spec.name] ?? {};
    const tell = (event) => { if (Object.keys(inside).length) table[spec.name] = inside; else delete table[spec.name]; told(event); };
    return element("fieldset", {}, element("legend", {}, spec.label), ...spec.fields.map((one) => lever(one, inside, tell, ended, again)));
  }
  const id = fresh("lever");
  const value = table[spec.name] ?? spec.default;
  const set = (given, event) => { if (given === undefined) return ended(); put(table, spec, given); told(event); };
  if (spec.kind === "flag") {
    const box = element("input", { type: "checkbox", id, checked: value });
    box.addEventListener("change", (event) => { set(box.checked, event); ended(); });
    return element("div", { class: "control" }, element("label", { class: "check" }, box, element("span", {}, element("span", { class: "name" }, spec.label), element("span", { class: "meaning" }, ` – ${spec.meaning}`))));
  }
  const head = element("div", { class: "head" }, element("label", { class: "name", for: id, id: `${id}-name` }, spec.label));
  const meaning = element("p", { class: "meaning", id: `${id}-meaning` }, spec.meaning);
  const body = spec.kind === "choice"
    ? choose(id, spec.choices, value, set, `${id}-meaning`)
    : numberRow(id, spec, value, spec.low, spec.high, true, set).row;
  return element("div", { class: "control" }, head, meaning, body);
}

function rules(spec, table, told, ended, again) {
  const list = table[spec.name] ?? [];
  const keep = (event) => { if (list.length) table[spec.name] = list; else delete table[spec.name]; told(event); };
  const cards = list.map((rule, number) => {
    const remove = element("button", { type: "button", class: "back", onclick: (event) => { list.splice(number, 1); keep(event); ended(); again(); } }, `Remove ${spec.one} ${number + 1}`);
    return element("fieldset", { class: "rule" }, element("legend", {}, `${spec.one} ${number + 1}`), ...ruleFields(spec.fields, rule, keep, ended, again), remove);
  });
  const add = element("button", { type: "button", disabled: list.length >= spec.most, onclick: (event) => { list.push(begin(spec.fields)); keep(event); ended(); again(); } }, `Add a ${spec.one}`);
  return element("fieldset", {}, element("legend", {}, spec.label), element("p", { class: "hint" }, `${spec.about}${cards.length ? "" : " None so far."}`), ...cards, add);
}

// What is added says something at once: a rule every three months, a statement after a year.
function begin(fields) {
  const has = (name) => fields.some((field) => field.name === name);
  return has("every") ? { every: 90 } : has("day") ? { day: 365 } : {};
}

// Where a rule answers either a rhythm or an occasion, one of them is chosen, and what belongs to the other is left out.
function ruleFields(fields, rule, told, ended, again) {
  const named = Object.fromEntries(fields.map((field) => [field.name, field]));
  if (!named.every || !named.on) return fields.map((field) => lever(field, rule, told, ended, again));
  const id = fresh("when");
  const occasion = rule.on ?? named.on.default;
  const choices = ["at intervals", ...named.on.choices.filter((choice) => choice !== named.on.default)];
  const set = (given, event) => {
    if (given === undefined) return;
    if (given === "at intervals") { delete rule.on; delete rule.level; rule.every = rule.every ?? 90; }
    else { delete rule.every; rule.on = given; if (!given.endsWith("above")) delete rule.level; }
    told(event); ended(); again();
  };
  const when = element("div", { class: "control" },
    element("div", { class: "head" }, element("label", { class: "name", for: id }, "When")),
    element("p", { class: "meaning", id: `${id}-meaning` }, "at intervals, or on an occasion"),
    choose(id, choices, occasion === named.on.default ? "at intervals" : occasion, set, `${id}-meaning`));
  const shown = fields.filter((field) => {
    if (field.name === "on") return false;
    if (field.name === "every") return occasion === named.on.default;
    if (field.name === "level") return occasion.endsWith("above");
    return true;
  });
  return [when, ...shown.map((field) => lever(field, rule, told, ended, again))];
}

// ---- assumptions ----------------------------------------------------------------------------

// `moved(path, value, event)` with value undefined puts it back; `moved(null)` once a movement has ended.
export function assumption(spec, value, scenario, moved) {
  const id = fresh("assumption");
  const usual = spec.scenarios[scenario] ?? spec.value;
  const box = element("div", { class: "control", "data-path": spec.path });
  const back = element("button", { type: "button", class: "back", hidden: true, "aria-label": `Put back ${spec.title}` }, "Put back");
  const evidence = element("details", { class: "source" }, element("summary", { "aria-label": `Evidence for ${spec.title}: ${spec.evidence}` }, element("span", { class: "evidence" }, spec.evidence)), spec.source);
  const head = element("div", { class: "head" }, element("label", { class: "name", for: id, id: `${id}-name` }, spec.title));
  const ranged = spec.low !== null && spec.high !== null;
  const range = element("span", { class: "range" }, ranged ? `Plausible ${short(spec.low)} to ${short(spec.high)} ${spec.unit}; the config has ${short(usual)}.` : `The config has ${short(usual)}.`);
  const meaning = element("p", { class: "meaning", id: `${id}-meaning` }, element("code", {}, spec.path), " ", range);
  let show = () => {};
  const set = (given, event) => {
    if (given === undefined) return moved(null);
    mark(given);
    moved(spec.path, given === usual ? undefined : given, event);
  };
  const mark = (given) => {
    box.classList.toggle("moved", given !== usual);
    back.hidden = given === usual;
  };
  const at = value ?? usual;
  let body;
  if (spec.kind === "flag") {
    const tick = element("input", { type: "checkbox", id, checked: at, "aria-describedby": `${id}-meaning` });
    tick.addEventListener("change", (event) => { set(tick.checked, event); moved(null); });
    show = (given) => { tick.checked = given; };
    body = element("div", { class: "row" }, tick);
  } else if (spec.kind === "choice") {
    const select = choose(id, spec.choices, at, set, `${id}-meaning`);
    show = (given) => { select.value = given; };
    body = element("div", { class: "row" }, select);
  } else {
    const made = numberRow(id, spec, at, spec.low, spec.high, spec.even, set);
    show = made.show;
    body = made.row;
  }
  back.addEventListener("click", (event) => { show(usual); mark(usual); moved(spec.path, undefined, event); moved(null); });
  body.append(back);
  mark(at);
  box.append(head, meaning, body, evidence);
  return box;
}
