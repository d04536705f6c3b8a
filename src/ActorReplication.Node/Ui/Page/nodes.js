// The nodes as cards, and lines from each follower to the node it follows.
import { bytes, count, element, milliseconds, rate, setText } from "./format.js";

const cards = new Map();
const top = document.getElementById("top"), rest = document.getElementById("rest"), links = document.getElementById("links");

const syncWords = { sync: "commits wait for it", quorum: "in the quorum", potential: "next in line", async: "asynchronous" };

export function showNodes(cluster) {
  const names = new Set(cluster.nodes.map(n => n.name));
  for (const [name, card] of cards) if (!names.has(name)) { card.remove(); cards.delete(name); }
  for (const node of cluster.nodes) {
    let card = cards.get(node.name);
    if (!card) cards.set(node.name, card = makeCard(node.name));
    fill(card, node, node.name === cluster.leader);
    const row = node.name === cluster.leader ? top : rest;
    if (card.parentElement !== row) row.append(card);
  }
  // In the order of their names, whoever has come last.
  const sorted = [...rest.children].sort((a, b) => a.dataset.node.localeCompare(b.dataset.node, undefined, { numeric: true }));
  if (sorted.some((card, i) => rest.children[i] !== card)) rest.append(...sorted);
  drawLinks(cluster);
}

function makeCard(name) {
  const card = element("article", { class: "node", "data-node": name, "aria-label": `Node ${name}` });
  card.append(element("div", { class: "head" }, element("h3", {}, name), element("span", { class: "chips" })),
    element("div", { class: "lag", role: "meter", "aria-label": `How far ${name} is behind`, "aria-valuemin": "0", "aria-valuemax": "100" }, element("i")),
    element("dl"), element("p", { class: "problem" }));
  return card;
}

function fill(card, node, leads) {
  const role = leads ? "leader" : node.state === "unreachable" ? "unreachable" : node.role;
  card.dataset.role = role;
  card.dataset.state = node.state;
  chips(card.querySelector(".chips"), node, role);
  lag(card.querySelector(".lag"), node, leads);
  facts(card.querySelector("dl"), leads
    ? [["Writes", `${rate(node.pulse?.commitsPerSecond)} /s`], ["Commit, p99", milliseconds(node.pulse?.commitP99Ms)], ["Log", count(node.last)], ["SQL", node.postgres ?? "–"]]
    : [["Behind", node.lagEntries == null ? "unknown" : `${count(node.lagEntries)} entries · ${bytes(node.lagBytes)}`], ["Applied", count(node.applied)], ["Heard", node.lastHeardMs == null ? "–" : `${count(node.lastHeardMs)} ms ago`], ["SQL", node.postgres ?? "–"]]);
  setText(card.querySelector(".problem"), node.problem ?? "");
}

function chips(target, node, role) {
  const wanted = [[role, role === "leader" ? "leader" : role === "candidate" ? "warn" : role === "unreachable" ? "bad" : ""]];
  if (node.kind !== "voter") wanted.push([node.kind, "plain"]);
  if (node.sync && syncWords[node.sync]) wanted.push([syncWords[node.sync], "plain"]);
  if (!["running", "streaming", "unreachable"].includes(node.state)) wanted.push([node.state, "warn"]);
  const text = JSON.stringify(wanted);
  if (target.dataset.shown === text) return;
  target.dataset.shown = text;
  target.replaceChildren(...wanted.flatMap(([word, kind]) => [element("span", { class: `chip ${kind}` }, word), " "]));
}

// On a logarithmic scale: 1 kB is a sliver, 1 GB is full.
function lag(bar, node, leads) {
  bar.hidden = leads;
  const behind = node.lagBytes ?? 0;
  const part = behind <= 0 ? 0 : Math.min(1, Math.max(.03, (Math.log10(behind) - 2) / 7));
  bar.firstElementChild.style.width = `${Math.round(part * 100)}%`;
  bar.dataset.level = behind < 1e6 ? "little" : behind < 64e6 ? "some" : "much";
  bar.setAttribute("aria-valuenow", Math.round(part * 100));
  bar.setAttribute("aria-valuetext", bytes(node.lagBytes));
}

function facts(list, rows) {
  while (list.children.length < rows.length * 2) list.append(element("dt"), element("dd"));
  rows.forEach(([term, text], i) => { setText(list.children[i * 2], term); setText(list.children[i * 2 + 1], text); });
}

let drawn = "", last = null;

function drawLinks(cluster) {
  last = cluster;
  const frame = links.getBoundingClientRect();
  const edges = cluster.nodes.map(node => {
    const to = cards.get(node.name), from = cards.get(node.follows ?? (node.state === "unreachable" ? cluster.leader : undefined));
    if (!from || !to || from === to) return null;
    const a = from.getBoundingClientRect(), b = to.getBoundingClientRect();
    const x1 = a.left + a.width / 2 - frame.left, y1 = a.bottom - frame.top, x2 = b.left + b.width / 2 - frame.left, y2 = b.top - frame.top;
    // Cards one below another: only the first is reached without crossing another.
    if (y2 < y1) return null;
    const middle = (y1 + y2) / 2;
    const kind = node.state === "unreachable" ? "broken" : node.state === "streaming" ? "flows" : "";
    return { d: `M${x1} ${y1} C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`, kind, across: Math.abs(x1 - x2) < 4 && y2 - y1 > 90 };
  }).filter(edge => edge && !edge.across);
  const text = JSON.stringify(edges);
  if (text === drawn) return;
  drawn = text;
  links.replaceChildren(...edges.map(edge => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", edge.d);
    path.setAttribute("class", edge.kind);
    return path;
  }));
}

addEventListener("resize", () => { if (last) drawLinks(last); });
