#!/usr/bin/env bash
# What a client sees of a failover: one that writes all the time through a connection string with all nodes, while the leader is
# killed (kill -9), frozen (SIGSTOP, woken later) or asked to hand over again and again. Prints the longest gap between acknowledged writes for each
# try, and at the end the distribution of all.
#   failover.sh            TRIES=10 HOW=kill|stop|switchover POLICY=quorum AFTER=5 (seconds that the load goes on)
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
  case $how in
    kill) kill -9 "$pid" ;;
    stop) kill -STOP "$pid" ;;
    switchover) curl -sf -o /dev/null -X POST -H 'Content-Type: application/json' -d '{}' "http://127.0.0.1:$(($(leader_port) + 100))/api/leader/switchover" ;;
    *) echo "HOW=$how: kill, stop or switchover" >&2; exit 2 ;;
  esac
  sleep "${AFTER:-5}"
  if [[ $how == stop ]]; then kill -CONT "$pid"; fi
  exec 9>&-
  wait "$load" || true
  grep -v ready "$work/load" | sed "s/^/try $try, $how of $leader: /" | tee -a "$work/all"
  # All three up again before the next.
  for _ in $(seq 200); do
    up=0
    for i in 1 2 3; do if curl -sf -o /dev/null --max-time 1 "http://127.0.0.1:$((6700 + i))/readiness"; then up=$((up + 1)); fi; done
    if [[ $up == 3 ]]; then break; fi
    sleep 0.1
  done
done
grep -o 'longest gap [0-9]*' "$work/all" | awk '{print $3}' | sort -n | awk -v how="$how" '{g[NR]=$1} END {printf "%s, %d tries: median %d ms, p95 %d ms, max %d ms\n", how, NR, g[int((NR+1)/2)], g[int(NR*0.95+0.999)], g[NR]}'
