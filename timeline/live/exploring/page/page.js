// What all parts of the page share: the room, the state that is shown, how the program is asked, and how numbers are written.

export const $ = (id) => document.getElementById(id);
export const copy = (value) => JSON.parse(JSON.stringify(value));
export const session = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// room: what can be moved; state: what is asked; latest: the newest picture; ignorance: what worlds say of the state.
export const page = { room: undefined, state: undefined, latest: undefined, ignorance: undefined };

// ---- asking ---------------------------------------------------------------------------------

class Problem extends Error {}

export async function post(where, content, signal) {
  const answer = await fetch(where, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content), signal });
  if (!answer.ok) {
    const text = await answer.text();
    let said = text;
    try { said = JSON.parse(text).problem ?? text; } catch { /* a plain sentence */ }
    throw new Problem(said);
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
export const percent = (value, digits = 1) => (value === null || value === undefined ? "–" : `${(value * 100).toFixed(digits)}%`);

export function written(value, unit, signed) {
  if (value === null || value === undefined) return "–";
  const number = unit === "share" ? value * 100 : value;
  const text = unit === "share" ? Math.abs(number).toFixed(1) : unit === "days" ? Math.abs(number).toFixed(0) : Math.abs(number).toFixed(2);
  const less = number < 0 && Number(text) !== 0 ? "−" : signed && Number(text) !== 0 ? "+" : "";
  return `${less}${text}${unit === "share" && !signed ? "%" : ""}`;
}

export const primary = () => page.room.measures.find((one) => one.key === page.room.primary) ?? { unit: "share", better: "higher" };
export const unitWords = (unit) => (unit === "share" ? " points" : unit === "days" ? " days" : "");
export const interval = (one) => (one.difference === undefined ? "impossible there" : `${written(one.difference, primary().unit, true)} (${written(one.lower, primary().unit, true)} to ${written(one.upper, primary().unit, true)})`);
