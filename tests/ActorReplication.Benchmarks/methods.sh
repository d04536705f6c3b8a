#!/usr/bin/env bash
# The replication methods side by side, on three fresh nodes of ours for each: transactions a second, log bytes and managed bytes allocated on the leader
# for each transaction, the furthest that a follower's applied entries were behind, and one UPDATE of many rows: how long, how much log.
#   methods.sh             METHODS="row statement mixed page" SECONDS_EACH=8 CLIENTS=16 ROWS=1000000 POLICY=semi-sync
# The ratio is against row's in the same run; these figures vary by 10 to 20 % from run to run.
set -euo pipefail
here=$(dirname "$(realpath "$0")")/sidebyside
work=$(mktemp -d /tmp/methods.XXXXXX)
source "$here/ours.sh"
trap 'stop_ours || true; rm -rf "$work"' EXIT
bench=$(command -v pgbench || echo /usr/lib/postgresql/15/bin/pgbench)
seconds=${SECONDS_EACH:-8} clients=${CLIENTS:-16} rows=${ROWS:-1000000}

metric() { curl -s "http://127.0.0.1:$(($(cat "$work/port") + 100))/metrics" | awk -v m="actor_replication_$1" 'index($1, m) == 1 { if ($2 > v) v = $2 } END { printf "%d\n", v }'; }
sql() { psql -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(cat "$work/port")" -U postgres -d postgres -c "$1"; }
# Sums what the log grows by (what is cut off meanwhile does not count) and keeps the furthest lag in seconds, until the file is gone.
watch() {
  local sum=0 last lag=0 now entries from to
  last=$(metric log_bytes) from=$(metric log_last_index)
  while [[ -e $work/watching ]]; do
    sleep 0.25
    now=$(metric log_bytes) to=$(metric log_last_index) entries=$(metric peer_lag_entries)
    if ((now > last)); then sum=$((sum + now - last)); fi
    lag=$(awk -v l="$lag" -v e="$entries" -v n=$((to - from)) 'BEGIN { s = n > 0 ? e / (n / 0.25) : 0; print (s > l ? s : l) }')
    last=$now from=$to
  done
  echo "$sum $lag" >"$work/watched"
}
load() { "$bench" -h 127.0.0.1 -p "$(cat "$work/port")" -U postgres -n -f "$here/$1.sql" -M prepared -c "$clients" -j 1 -T "$2" postgres 2>/dev/null; }
measure() {
  local before after out
  touch "$work/watching"
  watch &
  local watcher=$!
  before=$(metric managed_allocated_bytes_total)
  out=$(load "$1" "$seconds" | awk '/actually processed/ { n = $NF; sub(/\/.*/, "", n) } /^tps/ { t = $3 } END { print n + 0, t + 0 }')
  after=$(metric managed_allocated_bytes_total)
  rm "$work/watching"
  wait "$watcher"
  read -r count tps <<<"$out"
  read -r bytes lag <"$work/watched"
  if [[ $method == row || -z ${base[$1]:-} ]]; then base[$1]=$tps; fi
  awk -v m="$method" -v w="$1" -v t="$tps" -v b="${base[$1]}" -v n="$count" -v log_="$bytes" -v a=$((after - before)) -v l="$lag" \
    'BEGIN { if (n == 0) n = 1; printf "%-10s %-8s %9.0f %7.2f %12.0f %14.0f %9.2f\n", m, w, t, t / b, log_ / n, a / n, l }'
}

declare -A base=()
printf '%-10s %-8s %9s %7s %12s %14s %9s\n' method work tps 'x row' 'log B/tx' 'allocated B/tx' 'lag s'
for method in ${METHODS:-row statement mixed page}; do
  start_ours "$work/$method" 6801 "${POLICY:-semi-sync}" 2>/dev/null
  leader_port >"$work/port"
  sql "ALTER SYSTEM SET replication.method = '$method'"
  psql -qX -h 127.0.0.1 -p "$(cat "$work/port")" -U postgres -d postgres -f "$here/schema.sql" 2>/dev/null
  sql "INSERT INTO kv (id, v) SELECT i, 'v' || i FROM generate_series(1, 100000) AS g(i)"
  for w in insert update; do load "$w" 6 >/dev/null; done
  for w in insert update; do measure "$w"; done
  sql "CREATE TABLE many (id bigint PRIMARY KEY, n bigint NOT NULL)"
  sql "INSERT INTO many SELECT i, i FROM generate_series(1, $rows) AS g(i)"
  touch "$work/watching"
  watch &
  watcher=$!
  from=$(date +%s%N)
  sql "UPDATE many SET n = n + 1"
  to=$(date +%s%N)
  rm "$work/watching"
  wait "$watcher"
  read -r bytes lag <"$work/watched"
  # A cut between two looks hides what was added before it.
  if ((bytes == 0)); then bytes='not seen:'; fi
  printf '%-10s one UPDATE of %d rows: %d ms, %s bytes of log\n' "$method" "$rows" $(((to - from) / 1000000)) "$bytes"
  stop_ours
done
