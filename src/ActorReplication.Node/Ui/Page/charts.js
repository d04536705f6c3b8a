// Three small charts of the leader's last two minutes.
import { element, milliseconds, rate, setText } from "./format.js";

const points = 120;
const svg = "http://www.w3.org/2000/svg";

const charts = [
  { title: "Writes per second", format: rate, series: [{ label: "/s", color: "var(--leader)", of: p => p.commitsPerSecond }] },
  { title: "Commit latency", format: milliseconds, series: [
    { label: "p50", color: "var(--follower)", of: p => p.commitP50Ms }, { label: "p99", color: "var(--second)", of: p => p.commitP99Ms }] },
  { title: "fsync of the log", format: milliseconds, series: [
    { label: "p50", color: "var(--follower)", of: p => p.syncP50Ms }, { label: "p99", color: "var(--second)", of: p => p.syncP99Ms }] },
];

for (const chart of charts) {
  chart.values = chart.series.map(() => []);
  chart.now = element("div", { class: "now" }, ...chart.series.map(s => element("span", { class: chart.series.length > 1 ? "key" : "", "--series": s.color })));
  for (const [i, span] of [...chart.now.children].entries())
    span.append(...(chart.series.length > 1 ? [`${chart.series[i].label} `, element("b")] : [element("b"), ` ${chart.series[i].label}`]));
  chart.picture = document.createElementNS(svg, "svg");
  chart.picture.setAttribute("viewBox", "0 0 119 100");
  chart.picture.setAttribute("preserveAspectRatio", "none");
  chart.picture.setAttribute("role", "img");
  for (const y of [0, 50, 100]) {
    const line = document.createElementNS(svg, "line");
    for (const [name, value] of Object.entries({ x1: 0, x2: 119, y1: y, y2: y })) line.setAttribute(name, value);
    chart.picture.append(line);
  }
  chart.paths = chart.series.map((s, i) => {
    const made = ["area", "stroke"].map(kind => {
      const path = document.createElementNS(svg, "path");
      path.setAttribute("class", kind);
      path.style[kind === "area" ? "fill" : "stroke"] = s.color;
      if (kind === "stroke" || i === 0) chart.picture.append(path);
      return path;
    });
    return made;
  });
  chart.most = element("span", { class: "most" });
  chart.none = element("span", { class: "none" }, "no writes lately");
  document.getElementById("charts").append(element("div", { class: "chart" }, element("h3", {}, chart.title), chart.now, element("div", { class: "plot" }, chart.picture, chart.most, chart.none)));
}

export function showCharts(cluster) {
  const pulse = cluster.nodes.find(n => n.name === cluster.leader)?.pulse ?? {};
  setText(document.getElementById("charts-of"), cluster.leader ? `on the leader, ${cluster.leader}` : "");
  for (const chart of charts) {
    chart.series.forEach((s, i) => {
      chart.values[i].push(s.of(pulse) ?? null);
      if (chart.values[i].length > points) chart.values[i].shift();
      setText(chart.now.children[i].querySelector("b"), chart.format(s.of(pulse)));
    });
    draw(chart);
  }
}

function draw(chart) {
  const known = chart.values.flat().filter(v => v != null);
  const most = niceAbove(Math.max(...known, 0));
  chart.none.hidden = known.some(v => v > 0);
  chart.none.style.display = chart.none.hidden ? "none" : "";
  setText(chart.most, chart.none.hidden ? chart.format(most) : "");
  chart.picture.setAttribute("aria-label", `${chart.title}: ${chart.series.map((s, i) => `${s.label} ${chart.format(chart.values[i].at(-1))}`).join(", ")}`);
  chart.paths.forEach(([area, line], i) => {
    const values = chart.values[i], left = points - values.length;
    let d = "", runs = [], run = [];
    values.forEach((v, at) => {
      if (v == null) { if (run.length) runs.push(run); run = []; return; }
      run.push([left + at, 100 - v / most * 100]);
    });
    if (run.length) runs.push(run);
    for (const r of runs) d += r.map(([x, y], k) => `${k ? "L" : "M"}${x} ${y.toFixed(2)}`).join("") + (r.length === 1 ? "h.5" : "");
    line.setAttribute("d", d);
    area.setAttribute("d", runs.map(r => `M${r[0][0]} 100${r.map(([x, y]) => `L${x} ${y.toFixed(2)}`).join("")}L${r.at(-1)[0]} 100Z`).join(""));
  });
}

function niceAbove(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(m => m * power).find(m => m >= value * 1.02) ?? 10 * power;
}
