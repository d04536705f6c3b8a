// Listens to the node's events and shows each.
import { showActions } from "./actions.js";
import { showCharts } from "./charts.js";
import { setText } from "./format.js";
import { showHistory } from "./history.js";
import { showNodes } from "./nodes.js";
import { showWarnings } from "./warnings.js";

const by = id => document.getElementById(id);

function show(cluster) {
  setText(by("headline"), cluster.leader ? `${cluster.leader} leads ${cluster.nodes.length === 1 ? "alone" : `${cluster.nodes.length} nodes`}` : "No leader");
  setText(by("facts"), `term ${cluster.term} · ${cluster.policy} · ${cluster.method} · seen from ${cluster.askedNode} · cluster ${cluster.cluster.slice(0, 8)}`);
  document.title = `${cluster.leader ?? "no leader"} · replication`;
  showWarnings(cluster);
  showNodes(cluster);
  showCharts(cluster);
  showHistory(cluster);
  showActions(cluster);
}

function connection(state, text) {
  by("live").dataset.state = state;
  setText(by("live"), text);
}

const events = new EventSource("/api/events");
events.addEventListener("cluster", event => {
  connection("live", "live");
  show(JSON.parse(event.data));
});
events.addEventListener("error", () => connection("lost", "connection lost, trying again"));
