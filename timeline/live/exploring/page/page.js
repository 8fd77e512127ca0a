// What all parts of the page share: the room, the state that is shown, how the program is asked, and how numbers are written.

export const $ = (id) => document.getElementById(id);
export const copy = (value) => JSON.parse(JSON.stringify(value));
export const session = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// room: what can be moved; state: what is asked; latest: the newest picture; ignorance: what worlds say of the state.
export const page = { room: undefined, state: undefined, latest: undefined, ignorance: undefined };

// ---- asking ---------------------------------------------------------------------------------

class Problem extends Error {}

// The program was started again: its address is another one.
const LOST = "This page has lost its program, which was ended or started again. What you see stays valid, but nothing new can be played. Open the address that the program prints now; if you reload this page, it is gone.";

export async function post(where, content, signal) {
  const answer = await fetch(where, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content), signal });
  if (!answer.ok) {
    const text = await answer.text();
    let said = text;
    try { said = JSON.parse(text).problem ?? text; } catch { /* a plain sentence */ }
    throw new Problem(said.startsWith("the address is not the one") ? LOST : said);
  }
  return answer;
}

export async function* lines(answer) {
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

export function said(error) {
  if (error instanceof Problem) return error.message;
  return "The program does not answer: it has been ended, or is busy. Start it again, and reload this page.";
}

// ---- words and numbers ----------------------------------------------------------------------

export const thousands = (count) => count.toLocaleString("en");
export const spaced = (name) => name.replaceAll("_", " ");

// A tie goes to the even digit, as in the program's own sentences. Only what binary digits hold exactly can be a tie.
function fixed(value, digits) {
  const scaled = value * 10 ** digits;
  const down = Math.floor(scaled);
  const tie = scaled - down === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  return (tie ? (down + (down % 2)) / 10 ** digits : value).toFixed(digits);
}

export const percent = (value, digits = 1) => (value === null || value === undefined ? "–" : `${fixed(value * 100, digits)}%`);

const USUAL = { share: 1, days: 0 };
const scaledTo = (value, unit) => (unit === "share" ? value * 100 : value);

export function written(value, unit, signed, digits = USUAL[unit] ?? 2) {
  if (value === null || value === undefined) return "–";
  const number = scaledTo(value, unit);
  const text = fixed(Math.abs(number), digits);
  const less = number < 0 && Number(text) !== 0 ? "−" : signed && Number(text) !== 0 ? "+" : "";
  return `${less}${text}${unit === "share" && !signed ? "%" : ""}`;
}

// A value with its unit, where the unit is more than that it is a number.
export const amount = (spec, value, short) => (/(^|\s)(count|number|index|ratio)$/.test(spec.unit) ? short(value) : `${short(value)} ${spec.unit}`.trim());

// As many digits as keep every number but 0 from reading as 0.
function digitsFor(values, unit) {
  const known = values.filter((value) => value !== null && value !== undefined && value !== 0).map((value) => Math.abs(scaledTo(value, unit)));
  let digits = USUAL[unit] ?? 2;
  while (digits < 4 && known.some((value) => Number(fixed(value, digits)) === 0)) digits += 1;
  return digits;
}

// A difference with its interval: ["+1.2", "+0.8 to +1.6"].
export function gapOf({ difference, low, high }, unit) {
  const digits = digitsFor([low, high], unit);
  const known = low !== null && low !== undefined;
  return [written(difference, unit, true, digits), known ? `${written(low, unit, true, digits)} to ${written(high, unit, true, digits)}` : ""];
}

export const primary = () => page.room.measures.find((one) => one.key === page.room.primary) ?? { unit: "share", better: "higher" };
export const unitWords = (unit) => (unit === "share" ? " points" : unit === "days" ? " days" : "");
export function interval(one) {
  if (one.difference === undefined) return "impossible there";
  const [difference, reach] = gapOf({ difference: one.difference, low: one.lower, high: one.upper }, primary().unit);
  return `${difference} (${reach})`;
}
