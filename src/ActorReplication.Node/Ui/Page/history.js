// Who led when, and the election ledger.
import { ago, element } from "./format.js";

const colors = ["#0b8573", "#4553d8", "#b0560a", "#9a3fb5", "#2f7fb8", "#a8324c", "#5f7d1f", "#6b5bd6", "#0f7f97"];
const reigns = document.getElementById("reigns"), ledger = document.getElementById("ledger");

const words = {
  PreVoteStarted: () => "asks whether it could win", VoteStarted: () => "stands for election", VoteGranted: e => `votes for ${e.peer}`,
  VoteRefused: e => `refuses ${e.peer}${why(e)}`, VoteReceived: e => `has the vote of ${e.peer}`, RefusalReceived: e => `is refused by ${e.peer}${why(e)}`,
  Won: () => "leads", SteppedDown: () => "steps down", LeaderSuspected: e => e.peer ? `suspects that ${e.peer} is gone` : "suspects that the leader is gone", Timeout: () => "heard nothing from a leader",
};
const why = e => e.refusal && e.refusal !== "None" ? `: ${e.refusal.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()}` : "";

let known = "";

export async function showHistory(cluster) {
  const state = `${cluster.term} ${cluster.leader} ${cluster.unreachable}`;
  if (state === known) return;
  known = state;
  try {
    const answer = await fetch("/api/elections");
    if (!answer.ok) throw new Error();
    show(await answer.json(), cluster);
  } catch {
    known = ""; // Asked again with the next event.
  }
}

function show(events, cluster) {
  const names = cluster.nodes.map(n => n.name);
  const won = events.filter(e => e.event === "Won");
  reigns.replaceChildren(...won.slice(-14).map((e, i, all) => {
    const next = all[i + 1], lasted = (next ? Date.parse(next.at) : Date.now()) - Date.parse(e.at);
    const made = element("div", { "--reign": colors[Math.max(0, names.indexOf(e.node)) % colors.length], title: `${e.node} led from ${new Date(e.at).toLocaleString()}, term ${e.term}`, class: next ? "" : "now" }, `${e.node} · ${e.term}`);
    made.style.flexGrow = Math.max(1, Math.log2(1 + lasted / 1000));
    return made;
  }));
  reigns.hidden = won.length === 0;
  reigns.setAttribute("aria-label", `Who led when: ${won.slice(-14).map(e => `${e.node} in term ${e.term}`).join(", ")}`);
  ledger.replaceChildren(...events.slice(-120).reverse().map(e => element("tr", { class: e.event === "Won" ? "won" : ["SteppedDown", "LeaderSuspected", "Timeout"].includes(e.event) ? "lost" : "" },
    element("td", { "data-at": e.at, title: new Date(e.at).toLocaleString() }, ago(Date.parse(e.at))), element("td", {}, String(e.term)), element("td", {}, e.node), element("td", {}, (words[e.event] ?? (() => e.event))(e)))));
}

setInterval(() => {
  for (const cell of ledger.querySelectorAll("td[data-at]")) {
    const text = ago(Date.parse(cell.dataset.at));
    if (cell.textContent !== text) cell.textContent = text;
  }
}, 5000);
