// What changes something: asked for twice, and told how it went.
import { element } from "./format.js";

const by = id => document.getElementById(id);
const dialog = by("ask");
let cluster = null, act = null;

export function showActions(seen) {
  cluster = seen;
  by("switchover").disabled = !cluster.leader || cluster.nodes.length < 2;
  by("pause").disabled = !cluster.leader;
  by("pause").textContent = cluster.paused ? "Resume failover…" : "Pause failover…";
}

by("switchover").addEventListener("click", () => {
  const others = cluster.nodes.filter(n => n.name !== cluster.leader && n.kind === "voter" && n.state !== "unreachable");
  ask({
    title: "Hand the leadership over?", yes: "Hand over",
    text: `${cluster.leader} stops taking writes for a moment, the new leader takes them, and clients are sent there.`,
    choices: [["", "the most complete follower"], ...others.map(n => [n.name, n.name])],
    run: to => post("/api/leader/switchover", to ? { to } : {}),
  });
});

by("pause").addEventListener("click", () => cluster.paused
  ? ask({ title: "Resume automatic failover?", yes: "Resume", text: "When the leader is lost, the followers elect another again.", run: () => post("/api/replication/resume", {}) })
  : ask({ title: "Pause automatic failover?", yes: "Pause", text: "When the leader is lost, nobody takes over until you resume, or name a leader. Use it for maintenance.", run: () => post("/api/replication/pause", {}) }));

function ask({ title, text, yes, choices, run }) {
  by("ask-title").textContent = title;
  by("ask-text").textContent = text;
  by("ask-yes").textContent = yes;
  by("ask-yes").disabled = false;
  by("ask-result").textContent = "";
  by("ask-choice").hidden = !choices;
  by("ask-to").replaceChildren(...(choices ?? []).map(([value, label]) => element("option", { value }, label)));
  act = run;
  dialog.showModal();
  by("ask-no").focus();
}

by("ask-no").addEventListener("click", () => dialog.close());

dialog.querySelector("form").addEventListener("submit", async event => {
  event.preventDefault();
  by("ask-yes").disabled = true;
  by("ask-result").textContent = "";
  try {
    const done = await act(by("ask-to").value);
    dialog.close();
    say(done.message);
  } catch (problem) {
    by("ask-result").textContent = problem.message;
    by("ask-yes").disabled = false;
  }
});

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? `${path} answered ${answer.status}`);
  return told;
}

function say(text) {
  const toast = by("said");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, 6000);
}
