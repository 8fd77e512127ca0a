// Charts by uPlot: curves with their intervals, redrawn in place.

/* global uPlot */
const YEAR = 365.25;
const charts = new Map();
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const faint = (name, part) => `color-mix(in srgb, ${colour(name)} ${part}%, transparent)`;
const DASHES = { baseline: [8, 5], yours: [], pinned: [2, 4] };

// lines: [{role, values, low, high}], bands: [{role, low, high}] without a line of their own.
export function draw(place, days, lines, options) {
  const series = [{}];
  const data = [days.map((day) => day / YEAR)];
  const bands = [];
  const add = (values, more) => { data.push(values); series.push({ points: { show: false }, ...more }); return data.length - 1; };
  for (const line of lines) {
    if (line.low) {
      const high = add(line.high, { stroke: "transparent" });
      const low = add(line.low, { stroke: "transparent" });
      bands.push({ series: [high, low], fill: faint(line.role, line.values ? 20 : 26) });
    }
  }
  for (const line of lines) {
    if (line.values) add(line.values, { stroke: colour(line.role), width: 2, dash: DASHES[line.role] });
  }
  const shape = JSON.stringify([series.map((one) => [one.stroke, one.dash]), bands, options.percent, colour("ink"), lines.length]);
  const known = charts.get(place);
  if (known && known.shape === shape) return known.chart.setData(data);
  if (known) known.chart.destroy();
  const axis = { stroke: colour("muted"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1 }, font: "13px system-ui, sans-serif" };
  const chart = new uPlot({
    width: place.clientWidth, height: options.height ?? 260, series, bands,
    cursor: { y: false, points: { show: false } }, legend: { show: false },
    scales: { x: { time: false }, y: { range: options.range } },
    axes: [
      { ...axis, size: 42, label: options.label, labelSize: 18, labelFont: axis.font, values: (_, ticks) => ticks.map((tick) => `${tick}`) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => options.points ? `${sign(tick * 100)}` : `${Math.round(tick * 100)}%`) },
    ],
  }, data, place);
  charts.set(place, { chart, shape });
}

const sign = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Number(Math.abs(value).toFixed(1))}`;

export function fit() {
  for (const [place, { chart }] of charts) chart.setSize({ width: place.clientWidth, height: chart.height });
}

export function repaint() {
  for (const [place, { chart }] of charts) { chart.destroy(); charts.delete(place); }
}
