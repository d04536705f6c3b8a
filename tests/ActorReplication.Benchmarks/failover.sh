#!/usr/bin/env bash
# What a client sees of a failover: one that writes all the time through a connection string with all nodes, while the leader is
# killed (kill -9) or frozen (SIGSTOP, woken later) again and again. Prints the longest gap between acknowledged writes for each try.
#   failover.sh            TRIES=10 HOW=kill|stop POLICY=quorum
set -euo pipefail
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d /tmp/failover.XXXXXX)
source "$here/sidebyside/ours.sh"
trap 'exec 9>&- || true; stop_ours || true; rm -rf "$work"' EXIT
how=${HOW:-kill}
dotnet build "$here" -c Release -v q --nologo
start_ours "$work/ours" 6601 "${POLICY:-quorum}"
hosts=127.0.0.1:6601,127.0.0.1:6602,127.0.0.1:6603
for try in $(seq "${TRIES:-10}"); do
  # The load says "ready" when its writes flow, and tells the gap when its standard input ends.
  rm -f "$work/until" && mkfifo "$work/until"
  dotnet "$here/bin/Release/net10.0/ActorReplication.Benchmarks.dll" gap "$hosts" "try_${how}_$try" <"$work/until" >"$work/load" 2>&1 &
  load=$!
  exec 9>"$work/until"
  until grep -q ready "$work/load"; do
    kill -0 "$load" 2>/dev/null || { cat "$work/load"; exit 1; }
    sleep 0.1
  done
  # Who leads may have changed on a busy machine since the load began.
  leader=n$(($(leader_port) - 6600))
  pid=$(node_pid "$leader")
  if [[ $how == kill ]]; then kill -9 "$pid"; else kill -STOP "$pid"; fi
  sleep 5
  if [[ $how != kill ]]; then kill -CONT "$pid"; fi
  exec 9>&-
  wait "$load" || true
  grep -v ready "$work/load" | sed "s/^/try $try, $how of $leader: /"
  # All three up again before the next.
  for _ in $(seq 200); do
    up=0
    for i in 1 2 3; do if curl -sf -o /dev/null --max-time 1 "http://127.0.0.1:$((6700 + i))/readiness"; then up=$((up + 1)); fi; done
    if [[ $up == 3 ]]; then break; fi
    sleep 0.1
  done
done
