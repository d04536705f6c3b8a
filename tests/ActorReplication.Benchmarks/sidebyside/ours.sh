#!/usr/bin/env bash
# Three of our nodes, to be sourced: start_ours FOLDER PORT POLICY, stop_ours, leader_port, node_pid NAME.
# Release build, SQL ports from PORT, HTTP and Akka ports 100 and 200 above.
root=$(git -C "$(dirname "$(realpath "${BASH_SOURCE[0]}")")" rev-parse --show-toplevel)
start_ours() {
  ours_folder=$1 ours_port=$2
  dotnet build "$root/src/ActorReplication.Node" -c Release -v q --nologo >&2
  dotnet "$root/src/ActorReplication.Node/bin/Release/net10.0/actor-replication.dll" dev --respawn --data "$ours_folder" \
    --pg-port "$2" --http-port $(($2 + 100)) --akka-port $(($2 + 200)) --policy "$3" >"$ours_folder.out" 2>&1 &
  ours_pid=$!
  for _ in $(seq 600); do
    if grep -q 'Ctrl-C stops all' "$ours_folder.out"; then return; fi
    kill -0 "$ours_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$ours_folder.out" >&2
  return 1
}
stop_ours() { if [[ -n ${ours_pid:-} ]]; then kill -TERM "$ours_pid" 2>/dev/null; wait "$ours_pid" 2>/dev/null; ours_pid=; fi; }
leader_port() {
  for i in 0 1 2; do
    if curl -sf -o /dev/null --max-time 1 "http://127.0.0.1:$((ours_port + 100 + i))/primary"; then echo $((ours_port + i)); return; fi
  done
  return 1
}
# The process of a node, told from others of the same name by its configuration file.
node_pid() { for p in $(pgrep -f -- "start --name $1 --config $ours_folder/$1.conf"); do echo "$p"; return; done; return 1; }
