#!/usr/bin/env bash
# PostgreSQL 15 with two streaming standbys on loopback that acknowledge each commit from one of them: the side to compare with.
#   postgres.sh up FOLDER PORT     primary on PORT, standbys on the next two; user and database postgres, no password
#   postgres.sh down FOLDER
# Debian's postgresql-15 must be installed. PostgreSQL refuses to run as root: then everything is done as the user postgres.
set -euo pipefail
bin=/usr/lib/postgresql/15/bin
verb=$1 folder=$2 port=${3:-0}
if [[ $(id -u) == 0 ]]; then
  mkdir -p "$folder" && chown postgres "$folder"
  # The script itself may lie where that user cannot read it.
  exec su postgres -s /bin/bash -c 'bash -s -- "$@"' -- _ "$verb" "$folder" "$port" <"$0"
fi
stop() { for n in 1 2 3; do if [[ -d $folder/s$n ]]; then "$bin/pg_ctl" -D "$folder/s$n" -m immediate stop >/dev/null 2>&1 || true; fi; done; rm -rf "$folder"/s?; }
sql() { "$bin/psql" -qX -h 127.0.0.1 -p "$port" -d postgres -c "$1" >/dev/null; }
stop
[[ $verb == up ]] || exit 0
"$bin/initdb" -A trust -D "$folder/s1" >/dev/null
cat >>"$folder/s1/postgresql.conf" <<C
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 400
shared_buffers = 512MB
max_wal_size = 4GB
checkpoint_timeout = 30min
C
echo 'host replication all 127.0.0.1/32 trust' >>"$folder/s1/pg_hba.conf"
"$bin/pg_ctl" -w -D "$folder/s1" -l "$folder/s1.log" start >/dev/null
for n in 2 3; do
  "$bin/pg_basebackup" -X stream -c fast -R -D "$folder/s$n" -d "host=127.0.0.1 port=$port application_name=s$n"
  echo "port = $((port + n - 1))" >>"$folder/s$n/postgresql.conf"
  "$bin/pg_ctl" -w -D "$folder/s$n" -l "$folder/s$n.log" start >/dev/null
done
sql "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'"
sql "SELECT pg_reload_conf()"
