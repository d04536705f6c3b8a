#!/usr/bin/env bash
# A rolling upgrade from an older build to this one, under write load: three nodes of the old program, replaced one after another (followers first, the leader by a switchover), one of them put
# back to the old program and replaced again; every acknowledged row must be there at the end, on every node. Then the format is raised, and the old program has to refuse the data.
#   upgrade.sh COMMIT      SECONDS_BETWEEN=3 (how long the load goes on between two steps)
#                          BUILDS=FOLDER (keeps the programs there, and takes those that are there)
set -euo pipefail
commit=${1:?the commit of the older build}
here=$(dirname "$(realpath "$0")")
root=$(git -C "$here" rev-parse --show-toplevel)
work=$(mktemp -d /tmp/upgrade.XXXXXX)
builds=${BUILDS:-$work}
port=${PORT:-6801}
declare -A pids
finish() {
  exec 9>&- || true
  for p in "${pids[@]}" "${load:-}"; do if [[ -n $p ]]; then kill -9 "$p" 2>/dev/null || true; fi; done
  git -C "$root" worktree remove --force "$work/source" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
say() { printf '%(%H:%M:%S)T %s\n' -1 "$*"; }
fail() { say "FAILED: $*"; for i in 1 2 3; do echo "--- n$i"; tail -20 "$work/n$i.log" 2>/dev/null || true; done; exit 1; }

build() { if [[ ! -d $builds/$2 ]]; then dotnet build "$1" -c Release -v q --nologo -o "$builds/$2"; fi; }
if [[ ! -d $builds/old ]]; then git -C "$root" worktree add -q --detach "$work/source" "$commit"; fi
build "$work/source/src/ActorReplication.Node" old
build "$root/src/ActorReplication.Node" new
build "$root/src/ActorReplication.Cmd" cmd
build "$here" load

row() { echo "\"n1@127.0.0.1:$1\", \"n2@127.0.0.1:$(($1 + 1))\", \"n3@127.0.0.1:$(($1 + 2))\""; }
for i in 1 2 3; do
  cat >"$work/n$i.conf" <<CONF
node { name = n$i, data = "$work/data$i" }
cluster { initial-voters = [$(row $((port + 200)))], policy = quorum }
postgres.port = $((port + i - 1))
http { port = $((port + 100 + i - 1)), peers = [$(row $((port + 100)))] }
CONF
done
ctl() { dotnet "$builds/cmd/actorctl.dll" "$@" --host "127.0.0.1:$((port + 100)),127.0.0.1:$((port + 101)),127.0.0.1:$((port + 102))"; }
# Without the pipe that ends the load when the last holds it no more.
start() { dotnet "$builds/$2/actor-replication.dll" start --config "$work/n$1.conf" >>"$work/n$1.log" 2>&1 9>&- & pids[$1]=$!; }
# Its exit code.
stop() { local code=0; kill -TERM "${pids[$1]}"; wait "${pids[$1]}" || code=$?; unset "pids[$1]"; [[ $code == 0 ]] || fail "n$1 ended with $code"; }
leader() { ctl cluster show --json | grep -o '"leader": *"n[0-9]"' | grep -o '[0-9]'; }
until_ready() {
  for _ in $(seq 600); do
    local up=0
    for i in 1 2 3; do if curl -sf -o /dev/null --max-time 1 "http://127.0.0.1:$((port + 100 + i - 1))/readiness"; then up=$((up + 1)); fi; done
    if [[ $up == 3 ]] && leader >/dev/null; then return; fi
    sleep 0.1
  done
  fail "not all are ready: $1"
}
until_format() {
  for _ in $(seq 300); do
    local at=0
    for i in 1 2 3; do if curl -sf --max-time 1 "http://127.0.0.1:$((port + 100 + i - 1))/api/node" | grep -q "\"format\":$1,"; then at=$((at + 1)); fi; done
    if [[ $at == 3 ]]; then return; fi
    sleep 0.1
  done
  fail "format $1 is not in force everywhere"
}
replace() { say "n$1: $2 program"; stop "$1"; start "$1" "$2"; until_ready "n$1 with the $2 program"; sleep "${SECONDS_BETWEEN:-3}"; }

for i in 1 2 3; do start "$i" old; done
until_ready "three old"
mkfifo "$work/until"
dotnet "$builds/load/ActorReplication.Benchmarks.dll" gap "127.0.0.1:$port,127.0.0.1:$((port + 1)),127.0.0.1:$((port + 2))" upgraded <"$work/until" >"$work/load" 2>&1 &
load=$!
exec 9>"$work/until"
until grep -q ready "$work/load"; do kill -0 "$load" 2>/dev/null || fail "the load: $(cat "$work/load")"; sleep 0.1; done

first=$(leader)
followers=()
for i in 1 2 3; do if [[ $i != "$first" ]]; then followers+=("$i"); fi; done
replace "${followers[0]}" new
say "back: the older program on what the newer one wrote"
replace "${followers[0]}" old
replace "${followers[0]}" new
replace "${followers[1]}" new
say "switchover to n${followers[0]}"
ctl leader switchover --to "n${followers[0]}" --yes
until_ready "after the switchover"
say "the format is held: finalize_upgrade = manual"
ctl config set replication.finalize_upgrade manual --yes
replace "$first" new
ctl cluster show
say "back again, with all programs new and the format held"
replace "$first" old
replace "$first" new
say "the format is let go"
ctl config set replication.finalize_upgrade auto --yes
until_format 3
sleep "${SECONDS_BETWEEN:-3}"
ctl cluster show
exec 9>&-
wait "$load" || true
load=
grep -v ready "$work/load"
rows=$(grep -o '[0-9]* rows acknowledged' "$work/load" | grep -o '[0-9]*')
for i in 1 2 3; do
  for _ in $(seq 100); do
    found=$(psql -XAtq "postgresql://postgres@127.0.0.1:$((port + i - 1))/postgres" -c "SELECT count(DISTINCT id) FROM upgraded WHERE id < $rows")
    if [[ $found == "$rows" ]]; then break; fi
    sleep 0.1
  done
  [[ $found == "$rows" ]] || fail "n$i holds $found of $rows acknowledged rows"
  say "n$i holds all $rows acknowledged rows"
done
ctl db check || fail "the nodes differ"

say "the old program on raised data:"
victim=${followers[1]}
stop "$victim"
code=0
timeout 60 dotnet "$builds/old/actor-replication.dll" start --config "$work/n$victim.conf" >"$work/refused" 2>&1 || code=$?
tail -3 "$work/refused"
[[ $code == 3 ]] || fail "the old program ended with $code, not with 3"
start "$victim" new
until_ready "the new program again"
say "it refuses with code $code; the new program goes on. Done"
