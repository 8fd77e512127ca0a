// The page of an exercise: it looks every quarter of a second, draws what it is told, and sends what is asked for.
"use strict";
const find = id => document.getElementById(id);
const known = { events: [], telling: -1, seen: -1 };
const heard = { waiting: [], said: 0 };
let set = null, last = null, looking = false, compared = false, lostSince = 0;

const make = (name, attributes = {}, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
};
const draw = (name, attributes = {}, text = "") => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};
const say = (id, text) => {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
};
// A problem's place must stay where readers of the page look for it.
const complain = (id, text) => { find(id).textContent = text; };

// ---- what is asked for

async function ask(deed, more = {}, problem = "") {
  if (problem) complain(problem, "");
  try {
    const answer = await fetch("do", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ deed, ...more }),
    });
    if (!answer.ok) {
      const kind = answer.headers.get("content-type") || "";
      const said = kind.startsWith("application/json") ? (await answer.json()).problem : await answer.text();
      if (problem) complain(problem, sentence(said)); else notify(sentence(said));
      await look();
      return false;
    }
  } catch { lost(); return false; }
  if (!problem) notify("");
  await look();
  return true;
}
const sentence = text => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");
let ownNotice = "";
const notify = text => { ownNotice = text; say("notice", [text, last && last.notice].filter(Boolean).join(" ")); };

// ---- looking

async function look() {
  if (looking) return;
  looking = true;
  try {
    const query = `since=${known.events.length}&telling=${known.telling}&seen=${known.seen}`;
    const answer = await fetch(`now?${query}`);
    if (!answer.ok) throw new Error(await answer.text());
    if (!set) {
      const first = await fetch("setup");
      if (!first.ok) throw new Error(await first.text());
      introduce(await first.json());
    }
    show(await answer.json());
    lostSince = 0;
    find("lost").hidden = true;
  } catch { lost(); } finally { looking = false; }
}

function lost() {
  lostSince = lostSince || Date.now();
  if (Date.now() - lostSince > 2000) {
    say("lost", "The program does not answer. If it was ended, its terminal says how to go on; nothing that was saved is lost.");
  }
}

function introduce(told) {
  set = told;
  document.title = told.title;
  find("title").textContent = told.title;
  say("question", told.question);
  const under = told.standsOn ? `; the rules of ${told.standsOn} go on` : "";
  const where = told.scenario ? `, scenario ${told.scenario}` : "";
  const assumes = told.assumes ? ` (${told.assumes.replace(/\.$/, "")})` : "";
  find("setting").textContent = `${told.sides.a} and ${told.sides.b}${where}${assumes}${under}. Replication ${told.replication.toLocaleString("en")} of model ${told.model}.`;
  if (!told.choices.length) find("participants").hidden = true;
  for (const choice of told.choices) {
    const id = `choice-${choice.name}`;
    let input;
    if (choice.options.length) {
      input = make("select", { id });
      for (const option of choice.options) input.append(make("option", { value: option }, option));
      input.value = String(choice.usual === true ? "yes" : choice.usual === false ? "no" : choice.usual);
    } else {
      input = make("input", { id, value: choice.usual, autocomplete: "off", spellcheck: "false" });
    }
    const name = choice.name.charAt(0).toUpperCase() + choice.name.slice(1).replace(/_/g, " ");
    const hint = make("span", { class: "hint" }, choice.meaning + (choice.unit === "share" ? ", 0.01 to 1" : ""));
    find("choices").append(make("label", { for: id }, `${name} `, hint), input);
  }
}

// ---- what it looks like

function show(now) {
  const anew = now.telling !== known.telling || now.from < known.events.length;
  if (anew) { known.events = []; find("events").replaceChildren(); delete find("events").dataset.phase; }
  if (now.from > known.events.length) return; // another look has overtaken this one
  const fresh = now.events.slice(Math.max(0, known.events.length - now.from));
  known.events.push(...fresh);
  known.telling = now.telling;
  const changed = now.seen !== known.seen || anew;
  known.seen = now.seen;
  last = Object.assign({}, last, now);
  tell(fresh, anew);
  hear(fresh, anew, now.running);
  find("nothing").hidden = known.events.length > 0;
  find("go").textContent = now.running ? "Pause" : "Let time go on";
  const held = document.activeElement;
  find("go").disabled = find("step").disabled = find("end").disabled = now.ended;
  find("disclose").disabled = now.ended || last.reportsLeft < 1;
  const pace = find("speed");
  if (pace !== document.activeElement && pace.getAttribute("aria-invalid") !== "true") pace.value = speed(now.speed);
  say("notice", [ownNotice, now.notice].filter(Boolean).join(" "));
  find("edited").hidden = !now.edited;
  find("edited").querySelector("span").textContent = now.edited
    ? `${sentence(now.edited)} The exercise goes on as it began.` : "";
  find("log").textContent = now.log ? `Saved in ${now.log}${now.unsaved ? "; not the latest" : ""}.` : "Not saved yet; it is when something is decided, at a pause and at the end.";
  if (changed && now.when !== undefined) {
    find("when").textContent = now.day > 0 ? now.when : "The first day";
    find("phase").textContent = now.ended ? "it has ended" : now.phase;
    possible(now.possible, now.ended);
    stand(now.indices, now.lines);
    find("left").textContent = now.ended ? "" : `${now.reportsLeft} of ${set.mostReports} reports left.`;
    deeds(now.deeds);
    say("prepared", now.prepared ? `${now.prepared}. A report that is decided on now takes its place.` : "");
    lanes();
  }
  finish(now);
  // Who has played it to the end by the keyboard goes on from there.
  if (held && held.disabled && now.ended) find("result-title").focus();
}

function deeds(done) {
  find("deeds").replaceChildren(...done.map(deed => make("li", {}, `${deed.when}, ${deed.who}: ${deed.what}`)));
  find("no-deeds").hidden = done.length > 0;
  if (find("sure").dataset.number !== String(done.length)) unsure();
  find("back").hidden = !done.length || !find("sure").hidden;
}

function unsure() {
  const had = find("sure").contains(document.activeElement);
  find("sure").hidden = true;
  find("back").hidden = !last.deeds.length;
  if (had) (find("back").hidden ? find("deeds-title") : find("back")).focus();
}

// What is new is read out: each event while time stands still or little happens, a count where it would be a flood.
function hear(fresh, anew, running) {
  if (anew) heard.waiting = [];
  else heard.waiting.push(...fresh);
  if (!heard.waiting.length || (running && Date.now() - heard.said < 4000)) return;
  const few = heard.waiting.slice(-3), before = heard.waiting.length - few.length;
  const said = few.map(event => `${event.when}: ${event.sentence}`);
  if (before) said.unshift(`${before} more ${before === 1 ? "event" : "events"}, then:`);
  find("heard").replaceChildren(...said.map(text => make("p", {}, text)));
  heard.waiting = [];
  heard.said = Date.now();
}

function speed(days) {
  const names = { 7: "1 week per second", 14: "2 weeks per second", 30.4375: "1 month per second", 91.3125: "3 months per second", 365.25: "1 year per second" };
  return names[days] || `${days.toPrecision(3)} days per second`;
}

function tell(fresh, anew) {
  const list = find("events");
  for (const event of fresh) {
    // The newest stands first, below the name of its phase.
    if (event.phase && event.phase !== list.dataset.phase || !list.firstChild) {
      list.prepend(make("li", { class: "phase" }, event.phase.charAt(0).toUpperCase() + event.phase.slice(1)));
      list.dataset.phase = event.phase;
    }
    const said = make("span", {}, event.sentence);
    said.className = event.kind.replace(" ", "-");
    const item = make("li", {}, make("time", {}, event.when), said);
    if (!anew) { item.classList.add("fresh"); setTimeout(() => item.classList.remove("fresh"), 1500); }
    list.firstChild.after(item);
  }
}

function possible(clocks, ended) {
  const select = find("clock"), chosen = select.value;
  const stories = new Map();
  for (const { clock, story, label } of clocks) {
    if (!stories.has(story)) stories.set(story, make("optgroup", { label: story }));
    stories.get(story).append(make("option", { value: clock }, label));
  }
  select.replaceChildren(...stories.values());
  if (clocks.some(({ clock }) => clock === chosen)) select.value = chosen;
  select.disabled = find("inject").disabled = ended || !clocks.length;
}

function stand(indices, lines) {
  const row = index => {
    const word = make("td", { title: index.value.toFixed(2) }, index.word);
    const cells = [make("th", { scope: "row" }, index.label), word];
    if (index.followed) cells.push(make("td", { class: "spark" }, spark(lines[index.path])));
    return make("tr", {}, ...cells);
  };
  find("followed").tBodies[0].replaceChildren(...indices.filter(index => index.followed).map(row));
  find("others").tBodies[0].replaceChildren(...indices.filter(index => !index.followed).map(row));
}

function spark(points) {
  const first = points[0][0], end = Math.max(last.day, first + 1);
  const x = day => (100 * (day - first) / (end - first)).toFixed(1), y = value => (19 - 18 * value).toFixed(1);
  let path = `M${x(first)} ${y(points[0][1])}`;
  for (const [day, value] of points) path += `H${x(Math.min(day, end))}V${y(value)}`;
  const svg = draw("svg", { viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(draw("path", { d: path + "H100" }));
  return svg;
}

function lanes() {
  const place = find("lanes"), width = place.clientWidth || 600, left = width < 500 ? 108 : 150, high = 17, top = 18;
  const base = event => event.clock.replace(/\[.*/, "");
  const shown = set.lanes.filter(name => known.events.some(event => base(event) === name));
  const begin = set.start, end = Math.min(set.horizon, Math.max(begin + 365, 1.08 * last.day));
  const x = day => left + (width - left - 8) * (Math.min(day, end) - begin) / (end - begin);
  const height = top + high * Math.max(1, shown.length) + 20;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img",
    "aria-label": `${known.events.length} events in ${shown.length} lanes; the list below tells them.` });
  for (const [name, from, to] of last.phases) {
    const at = x(Math.max(from, begin)), wide = Math.max(0, x(to) - at);
    svg.append(draw("rect", { class: "band", x: at, y: top - 4, width: wide, height: height - top - 14 }));
    if (wide > 7.4 * name.length) svg.append(draw("text", { class: "axis", x: at + 2, y: 10 }, name));
  }
  const years = (end - begin) / 365.25, every = Math.max(1, Math.ceil(years / (width < 500 ? 4 : 8)));
  for (let year = 0; year * 365.25 <= end; year += every) {
    if (year * 365.25 >= begin) svg.append(draw("text", { class: "axis", x: x(year * 365.25), y: height - 4, "text-anchor": "middle" }, year ? `${year} y` : "0"));
  }
  shown.forEach((name, number) => {
    const y = top + high * number + high / 2, most = width < 500 ? 17 : 25;
    svg.append(draw("line", { class: "lane", x1: left, x2: width - 8, y1: y, y2: y }));
    svg.append(draw("text", { x: 0, y: y + 4 }, name.length > most ? name.slice(0, most - 1) + "…" : name));
    for (const event of known.events.filter(event => base(event) === name)) {
      const dot = draw("circle", { class: event.kind === "injected" ? "dot injected" : "dot", cx: x(event.day), cy: y, r: 4 });
      dot.append(draw("title", {}, `${event.when}: ${event.sentence}`));
      svg.append(dot);
    }
  });
  for (const event of known.events.filter(event => event.kind === "decided")) {
    const line = draw("line", { class: "report", x1: x(event.day), x2: x(event.day), y1: top - 4, y2: height - 18 });
    line.append(draw("title", {}, `${event.when}: ${event.sentence}`));
    svg.append(line);
  }
  place.replaceChildren(svg);
}

function finish(now) {
  find("result").hidden = !now.ended;
  if (!now.ended) { compared = false; return; }
  if (now.ending) find("ending").textContent = now.ending;
  const end = now.end;
  if (!end) {
    if (!compared) { compared = true; ask("compare"); }
    return;
  }
  if (end.problem) say("progress", sentence(end.problem));
  else if (!end.over) say("progress", end.done ? `Simulating: ${end.done.toLocaleString("en")} of ${end.total.toLocaleString("en")} timelines.` : "Simulating others to hold it against; the model may have to be compiled first, which takes up to half a minute.");
  else if (!end.sentences) say("progress", "The model does not say what becomes of an agreement, so there is nothing to hold the run against.");
  else if (find("tables").childElementCount === 0 || find("tables").dataset.telling !== String(now.telling)) {
    say("progress", "");
    find("tables").dataset.telling = now.telling;
    find("sentences").replaceChildren(...end.sentences.slice(1).map(text => make("p", {}, text)));
    find("tables").replaceChildren(
      tabled("What each cadence would have done with the same luck and the same injected events", end.sameLuck),
      tabled(`What becomes of ${end.count.toLocaleString("en")} timelines under each, with the same injected events`, end.many));
  }
}

function tabled(title, [heads, ...rows]) {
  const head = make("thead", {}, make("tr", {}, ...heads.map(text => make("th", { scope: "col" }, text))));
  const body = make("tbody", {}, ...rows.map((cells, number) => make("tr", number ? {} : { class: "own" },
    ...cells.map((text, column) => make("td", { "data-head": heads[column] }, text)))));
  return make("div", { class: "scroll" }, make("table", {}, make("caption", {}, title), head, body));
}

// ---- hands

find("go").addEventListener("click", () => ask(last && last.running ? "pause" : "go"));
find("step").addEventListener("click", () => ask("step"));
find("save").addEventListener("click", async () => {
  if (await ask("save")) notify(`Saved in ${last.log}.`);
});
find("end").addEventListener("click", () => ask("end"));
find("reload").addEventListener("click", () => ask("reload"));
find("speed").addEventListener("change", async () => {
  const field = find("speed"), done = await ask("speed", { speed: field.value });
  field.setAttribute("aria-invalid", String(!done));
});
find("back").addEventListener("click", () => {
  const deed = last.deeds[last.deeds.length - 1];
  complain("back-problem", "");
  find("sure").dataset.number = last.deeds.length;
  find("sure-said").textContent = `Take back “${deed.what}” (${deed.who})? The exercise goes back to that moment (${deed.on}), and what has happened since is played anew.`;
  find("sure").hidden = false;
  find("back").hidden = true;
  find("back-no").focus();
});
find("back-no").addEventListener("click", unsure);
find("back-yes").addEventListener("click", () => ask("take back", { deed_number: Number(find("sure").dataset.number) }, "back-problem"));
// The second click of a double one would do it twice.
const twice = event => event.detail > 1;
find("inject").addEventListener("click", event => {
  if (!twice(event)) ask("inject", { clock: find("clock").value }, "inject-problem");
});
find("disclose").addEventListener("click", event => {
  if (twice(event)) return;
  const given = Object.fromEntries(set.choices.map(({ name }) => [name, find(`choice-${name}`).value]));
  ask("disclose", { given }, "disclose-problem");
});
const hide = find("hide");
try { hide.checked = sessionStorage.getItem("hide") === "yes"; } catch { /* a browser that keeps nothing */ }
const hidden = () => {
  find("facilitator").hidden = hide.checked;
  try { sessionStorage.setItem("hide", hide.checked ? "yes" : "no"); } catch { /* the same */ }
};
hide.addEventListener("change", hidden);
hidden();
addEventListener("resize", () => { if (set && last && last.phases) lanes(); });
look();
setInterval(look, 250);
