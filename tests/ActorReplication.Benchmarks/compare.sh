#!/usr/bin/env bash
# Side by side: the same pgbench, the same scripts, the same machine, in turn. PostgreSQL 15 with two standbys and ANY 1 (*), and
# three of our nodes with semi-sync (which is the same promise). Prints transactions a second and the ratio ours / PostgreSQL.
# Both are warmed up first, with the same work: a fresh process compiles its hot code in its first half minute.
#   compare.sh            SECONDS_EACH=8 WARM_UP=10 CLIENTS="1 16 64" WORK_SET="insert update select transfer" MODE=prepared POLICY=semi-sync
# Only the ratio means anything, and PostgreSQL against itself gives 0.8 to 1.3: run it twice before you believe a small difference.
set -euo pipefail
here=$(dirname "$(realpath "$0")")/sidebyside
work=$(mktemp -d /tmp/compare.XXXXXX)
chmod 755 "$work"
source "$here/ours.sh"
trap 'stop_ours || true; bash "$here/postgres.sh" down "$work/postgres" || true; rm -rf "$work"' EXIT
bench=$(command -v pgbench || echo /usr/lib/postgresql/15/bin/pgbench)
seconds=${SECONDS_EACH:-8}

fill() {
  psql -qX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$1" -U postgres -d postgres -f "$here/schema.sql" 2>/dev/null
  awk 'BEGIN { v = sprintf("%100s", ""); gsub(/ /, "x", v)
    for (b = 0; b < 100; b++) { printf "INSERT INTO kv (id, v) VALUES "
      for (i = 1; i <= 1000; i++) printf "%s(%d, \047%s\047)", (i > 1 ? "," : ""), b * 1000 + i, v
      print ";" } }' | psql -qX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$1" -U postgres -d postgres
}
tps() {
  local out
  out=$("$bench" -h 127.0.0.1 -p "$1" -U postgres -n -f "$here/$2.sql" -M "${MODE:-prepared}" -c "$3" -j 1 -T "$seconds" postgres 2>&1) || { echo "$out" | tail -n 3 >&2; echo 0; return; }
  sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$out"
}

bash "$here/postgres.sh" up "$work/postgres" 6401
start_ours "$work/ours" 6501 "${POLICY:-semi-sync}"
fill 6401
fill "$(leader_port)"
for w in insert update; do for port in 6401 "$(leader_port)"; do seconds=${WARM_UP:-10} tps "$port" "$w" 16 >/dev/null; done; done
printf '%-10s %8s %12s %12s %8s\n' work clients PostgreSQL ours ratio
for w in ${WORK_SET:-insert update select transfer}; do
  for c in ${CLIENTS:-1 16 64}; do
    p=$(tps 6401 "$w" "$c")
    o=$(tps "$(leader_port)" "$w" "$c")
    awk -v w="$w" -v c="$c" -v p="${p:-0}" -v o="${o:-0}" 'BEGIN { printf "%-10s %8d %12.0f %12.0f %8.2f\n", w, c, p, o, (p > 0 ? o / p : 0) }'
  done
done
