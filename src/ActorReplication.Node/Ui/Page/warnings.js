// What somebody ought to know before anything else.
import { bytes, element } from "./format.js";

export function showWarnings(cluster, target = document.getElementById("warnings")) {
  const list = [];
  const bad = (what, text) => list.push(["bad", what, text]), warn = (what, text) => list.push(["", what, text]);
  if (!cluster.leader) bad("No leader.", "Writes wait until a majority of the voters can reach each other and elect one.");
  if (cluster.degraded) bad("Fewer copies than the policy asks for.", "Followers that commits would wait for are missing.");
  if (cluster.paused) warn("Automatic failover is paused.", "If the leader is lost, nobody takes over.");
  for (const name of cluster.unreachable) bad(`${name} does not answer.`, cluster.leader ? "What is shown of it is what the leader knows." : "");
  for (const node of cluster.nodes) {
    if (node.lagBytes > 16e6) warn(`${node.name} is ${bytes(node.lagBytes)} behind.`, "");
    if (node.divergences > 0) bad(`${node.name} differed from its leader.`, `${node.divergences} rows; compare with "actorctl db check".`);
    if (node.salvaged > 0) warn(`${node.name} has taken back ${node.salvaged} entries.`, `They are kept: "actorctl salvage list".`);
    if (node.problem) warn(`${node.name}:`, node.problem);
  }
  if (cluster.policyChanging) warn("The policy is changing.", "Until the change is committed, commits meet the old and the new one.");
  const text = JSON.stringify(list);
  if (target.dataset.shown === text) return;
  target.dataset.shown = text;
  target.replaceChildren(...list.map(([kind, what, more]) => element("p", { class: `warning ${kind}` }, element("b", {}, what), element("span", {}, more))));
}
