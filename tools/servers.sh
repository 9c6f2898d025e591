#!/usr/bin/env bash
# Private PostgreSQL, RabbitMQ and Redis on loopback, with all their files in one directory.
#   servers.sh start DIR [postgres] [rabbitmq] [redis]   start servers that are not running; without a name all three
#   servers.sh stop DIR                                  stop all servers in DIR
#   servers.sh env DIR                                   print DATABASE_URL=..., RABBITMQ_URL=..., REDIS_URL=...
#   servers.sh queues DIR                                list RabbitMQ's queues, with messages and consumers
#   servers.sh kill DIR SERVER                           SIGKILL a server, for tests; `start` starts it again
#   servers.sh freeze DIR SERVER                         SIGSTOP a server, for tests; `thaw` continues it
#   servers.sh rabbitmqctl DIR ARGUMENT...               run rabbitmqctl
# rabbitmq1, rabbitmq2 and rabbitmq3 are the nodes of a cluster, for tests: started together, killed one by one.
# POSTGRES_FSYNC=off: the data survives a crash of PostgreSQL, but not of the machine.
# RABBITMQ_MANAGEMENT=on: RabbitMQ serves its management API as well, at RABBITMQ_MANAGEMENT_URL; the start takes longer.
# SERVERS_TLS=on: all servers speak TLS as well (RabbitMQ and Redis on ports of their own, the management API only TLS);
# `env` prints DATABASE_TLS_URL, RABBITMQ_TLS_URL, REDIS_TLS_URL, and the file with their authority as TLS_CA_FILE.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/processes.sh
source "$here/processes.sh"

usage() { die "$(sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}")"; }
[ $# -ge 2 ] || usage
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2

# remembered NAME COMMAND...: prints the value stored in DIR under that name; at the first call COMMAND makes it.
remembered() {
  local file=$dir/$1
  shift
  [ -s "$file" ] || (umask 077 && "$@" >"$file")
  cat "$file"
}
password() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# PostgreSQL refuses to run as root, so root runs it as the user postgres, with access to DIR.
choose_postgres_user() {
  as_postgres=()
  [ "$(id -u)" -eq 0 ] || return 0
  local user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  as_postgres=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
  chown -R "$user" "$1"
  "${as_postgres[@]}" test -w "$1" || as_postgres+=(--inh-caps +dac_override --ambient-caps +dac_override)
}

# Decided at the first start, and kept.
speaks_tls() { [ "$(remembered tls printf '%s' "${SERVERS_TLS:-off}")" = on ]; }
# copy_certificate HOME: PostgreSQL reads only a key that its own user alone may read.
copy_certificate() {
  local file
  "$here/certificates.sh" "$dir/certificates"
  for file in ca.pem server.pem server.key; do install -m 600 "$dir/certificates/$file" "$1/$file"; done
}

launch_postgres() {
  local home=$dir/postgres bin port log=$dir/postgres.log tls=()
  bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1)
  port=$(remembered postgres.port free_port)
  mkdir -p "$home"
  remembered postgres.password password >"$home/password"
  if speaks_tls; then
    copy_certificate "$home"
    tls=(-c ssl=on -c ssl_cert_file="$home/server.pem" -c ssl_key_file="$home/server.key")
  fi
  choose_postgres_user "$home"
  cd "$home"
  if [ ! -s data/PG_VERSION ]; then
    rm -rf data
    "${as_postgres[@]}" "$bin/initdb" -D data -U esteira -A scram-sha-256 --pwfile=password -E UTF8 --locale=C.UTF-8 \
      --no-instructions >"$log" 2>&1
  fi
  # PostgreSQL would mistake a killed predecessor that is still a zombie for a running server.
  [ -n "$(process_birth "$(head -n 1 data/postmaster.pid 2>/dev/null || echo none)")" ] || rm -f data/postmaster.pid
  start_process "$dir/postgres.pid" "$log" "${as_postgres[@]}" "$bin/postgres" -D "$home/data" -p "$port" -k '' \
    -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=2GB \
    -c wal_compression=on -c log_line_prefix='%m [%p] %a ' -c fsync="${POSTGRES_FSYNC:-on}" "${tls[@]}"
}
postgres_ready() { PGPASSWORD=$(cat "$dir/postgres.password") psql -qAt "$(database_url template1)" -c 'select 1' >/dev/null 2>&1; }
database_url() { printf 'postgresql://esteira:%s@127.0.0.1:%s/%s' "$(cat "$dir/postgres.password")" "$(cat "$dir/postgres.port")" "$1"; }
finish_postgres() {
  psql -qAt "$(database_url template1)" -c "select 1 from pg_database where datname = 'esteira'" | grep -q 1 ||
    psql -qAt "$(database_url template1)" -c 'create database esteira'
}

# The nodes of a cluster find each other by this list, in any order of start.
cluster_members() {
  echo 'cluster_formation.peer_discovery_backend = classic_config'
  # The first node does not wait for the others; they wait for it.
  echo 'cluster_formation.discovery_retry_limit = 1'
  printf 'cluster_formation.classic_config.nodes.%d = rabbitmq%d@localhost\n' 1 1 2 2 3 3
}

# tls_options PREFIX HOME
tls_options() {
  printf '%s.cacertfile = %s\n%s.certfile = %s\n%s.keyfile = %s\n' "$1" "$2/ca.pem" "$1" "$2/server.pem" "$1" "$2/server.key"
}

# management_options SERVER HOME
management_options() {
  local scheme=tcp
  if speaks_tls; then
    scheme=ssl
    tls_options management.ssl "$2"
  fi
  printf 'management.%s.ip = 127.0.0.1\nmanagement.%s.port = %s\n' $scheme $scheme "$(remembered "$1-management.port" free_port)"
}

# launch_rabbitmq SERVER: starts a single broker, or a node of the cluster. All nodes share epmd and the cookie.
launch_rabbitmq() {
  local server=$1 home=$dir/$1 log=$dir/$1.log node=$1 epmd_port
  mkdir -p "$home" "$dir/rabbitmq"
  remembered rabbitmq/.erlang.cookie password >/dev/null
  epmd_port=$(remembered epmd.port free_port)
  if ! recorded_pid "$dir/epmd.pid" >/dev/null; then
    start_process "$dir/epmd.pid" "$log" epmd -port "$epmd_port" -address 127.0.0.1
  fi
  echo '[].' >"$home/plugins"
  printf 'listeners.tcp.1 = 127.0.0.1:%s\n' "$(remembered "$server.port" free_port)" >"$home/rabbitmq.conf"
  if speaks_tls; then
    copy_certificate "$home"
    printf 'listeners.ssl.1 = 127.0.0.1:%s\n' "$(remembered "$server-tls.port" free_port)" >>"$home/rabbitmq.conf"
    tls_options ssl_options "$home" >>"$home/rabbitmq.conf"
  fi
  if [ "${RABBITMQ_MANAGEMENT:-}" = on ]; then
    echo '[rabbitmq_management].' >"$home/plugins"
    management_options "$server" "$home" >>"$home/rabbitmq.conf"
  fi
  if [ "$server" = rabbitmq ]; then node=esteira; else cluster_members >>"$home/rabbitmq.conf"; fi
  cd "$home"
  # RABBITMQ_ALLOW_INPUT makes the start script become the server, so that the recorded process is the server.
  start_process "$dir/$server.pid" "$log" env -i PATH="$PATH" LANG=C.UTF-8 HOME="$dir/rabbitmq" ERL_EPMD_PORT="$epmd_port" \
    RABBITMQ_NODENAME="$node@localhost" RABBITMQ_DIST_PORT="$(remembered "$server-dist.port" free_port)" \
    RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home/log" RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$home/plugins" RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_ALLOW_INPUT=1 \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput -kernel inet_dist_use_interface {127,0,0,1}" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}
# The port opens only when the node has booted.
rabbitmq_ready() { port_open "$(cat "$dir/$1.port")"; }

launch_redis() {
  local tls=()
  mkdir -p "$dir/redis"
  if speaks_tls; then
    copy_certificate "$dir/redis"
    tls=(--tls-port "$(remembered redis-tls.port free_port)" --tls-auth-clients no --tls-ca-cert-file "$dir/redis/ca.pem"
      --tls-cert-file "$dir/redis/server.pem" --tls-key-file "$dir/redis/server.key")
  fi
  start_process "$dir/redis.pid" "$dir/redis.log" redis-server --port "$(remembered redis.port free_port)" \
    --bind 127.0.0.1 --dir "$dir/redis" --save '' --appendonly no "${tls[@]}"
}
redis_ready() { port_open "$(cat "$dir/redis.port")"; }

remedy() {
  say "$1 did not start; the end of $dir/$1.log:"
  tail -n 15 "$dir/$1.log" >&2 || true
  die "To start again without data, run '$0 stop $dir', remove $dir/$1* and try again. If another program took the port," \
    "remove only $dir/$1.port: a new port is then chosen."
}

# launch_all LAUNCHED SERVER...: starts the servers that are not running, in parallel, and appends them to the array.
launch_all() {
  local -n into=$1
  local server
  shift
  for server in "$@"; do
    recorded_pid "$dir/$server.pid" >/dev/null && continue
    say "starting $server"
    ("launch_${server%[123]}" "$server") || remedy "$server"
    into+=("$server")
  done
}

await() {
  local server=$1 tick
  for ((tick = 0; tick < 1200; tick++)); do
    if "${server%[123]}_ready" "$server"; then
      say "$server is up"
      return
    fi
    recorded_pid "$dir/$server.pid" >/dev/null || remedy "$server"
    sleep 0.1
  done
  remedy "$server"
}

start() {
  local server launched=()
  [ $# -gt 0 ] || set -- postgres rabbitmq redis
  for server in "$@"; do
    case $server in postgres | rabbitmq | rabbitmq[123] | redis) ;; *) usage ;; esac
  done
  launch_all launched "$@"
  for server in "${launched[@]}"; do await "$server"; done
  if [[ " ${launched[*]} " = *" postgres "* ]]; then finish_postgres; fi
}

stop() {
  local server
  for server in postgres rabbitmq rabbitmq1 rabbitmq2 rabbitmq3 redis; do signal_server CONT "$server" || true; done
  stop_process "$dir/redis.pid" TERM 10
  for server in rabbitmq rabbitmq1 rabbitmq2 rabbitmq3; do stop_process "$dir/$server.pid" TERM 30 & done
  # INT is PostgreSQL's fast shutdown: it disconnects clients and checkpoints the data.
  stop_process "$dir/postgres.pid" INT 30
  wait
  stop_process "$dir/epmd.pid" TERM 5
}

# signal_server SIGNAL SERVER: signals the server first, so that with STOP it cannot start more children, then its children.
signal_server() {
  local pid
  pid=$(recorded_pid "$dir/$2.pid") || return 1
  kill -s "$1" "$pid"
  # shellcheck disable=SC2046 # a list of process ids
  kill -s "$1" "$pid" $(children_of "$pid") 2>/dev/null || true
}
children_of() { cat "/proc/$1/task/"*/children 2>/dev/null || true; }
require_running() { recorded_pid "$dir/$1.pid" >/dev/null || die "$1 does not run in $dir"; }

# Kills the children as well, like a power failure, and waits for them: PostgreSQL does not start while a child of its
# predecessor runs.
kill_server() {
  local pid child children
  require_running "$1"
  signal_server STOP "$1"
  pid=$(recorded_pid "$dir/$1.pid")
  read -r -a children <<<"$(children_of "$pid" | tr '\n' ' ')"
  kill -s KILL "$pid" "${children[@]}" 2>/dev/null || true
  for child in "${children[@]}"; do
    while [ -n "$(process_birth "$child")" ]; do sleep 0.01; done
  done
  stop_process "$dir/$1.pid" KILL 10
}

print_env() {
  if [ -s "$dir/postgres.port" ]; then printf 'DATABASE_URL=%s\n' "$(database_url esteira)"; fi
  local server brokers=
  for server in rabbitmq rabbitmq1 rabbitmq2 rabbitmq3; do
    if [ -s "$dir/$server.port" ]; then brokers+=,127.0.0.1:$(cat "$dir/$server.port"); fi
  done
  if [ -n "$brokers" ]; then printf 'RABBITMQ_URL=amqp://guest:guest@%s/\n' "${brokers#,}"; fi
  if [ -s "$dir/rabbitmq-management.port" ]; then
    printf 'RABBITMQ_MANAGEMENT_URL=http%s://guest:guest@127.0.0.1:%s\n' "$(speaks_tls && printf s)" "$(cat "$dir/rabbitmq-management.port")"
  fi
  if [ -s "$dir/redis.port" ]; then printf 'REDIS_URL=redis://127.0.0.1:%s\n' "$(cat "$dir/redis.port")"; fi
  if speaks_tls; then print_tls_env; fi
}

print_tls_env() {
  printf 'TLS_CA_FILE=%s\n' "$dir/certificates/ca.pem"
  if [ -s "$dir/postgres.port" ]; then
    printf 'DATABASE_TLS_URL=%s?sslmode=verify-full&sslrootcert=%s\n' "$(database_url esteira)" "$dir/certificates/ca.pem"
  fi
  if [ -s "$dir/rabbitmq-tls.port" ]; then
    printf 'RABBITMQ_TLS_URL=amqps://guest:guest@127.0.0.1:%s/\n' "$(cat "$dir/rabbitmq-tls.port")"
  fi
  if [ -s "$dir/redis-tls.port" ]; then printf 'REDIS_TLS_URL=rediss://127.0.0.1:%s\n' "$(cat "$dir/redis-tls.port")"; fi
}

# Without -start_epmd false, Erlang would start an epmd of its own that stays.
rabbitmqctl() {
  recorded_pid "$dir/epmd.pid" >/dev/null || die "RabbitMQ does not run in $dir"
  env -i PATH="$PATH" LANG=C.UTF-8 HOME="$dir/rabbitmq" ERL_EPMD_PORT="$(cat "$dir/epmd.port")" \
    RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CTL_ERL_ARGS='-start_epmd false' \
    RABBITMQ_NODENAME=esteira@localhost /usr/lib/rabbitmq/bin/rabbitmqctl --silent "$@"
}

list_queues() {
  rabbitmqctl list_queues name messages_ready messages_unacknowledged consumers | sort |
    awk 'BEGIN { printf "%-32s %8s %8s %10s\n", "queue", "ready", "unacked", "consumers" }
         { printf "%-32s %8s %8s %10s\n", $1, $2, $3, $4 }'
}

exec 9>"$dir/lock"
flock 9
case $action in
  start) start "$@" ;;
  stop) stop ;;
  kill) [ $# -eq 1 ] && kill_server "$1" ;;
  freeze) [ $# -eq 1 ] && require_running "$1" && signal_server STOP "$1" ;;
  thaw) [ $# -eq 1 ] && require_running "$1" && signal_server CONT "$1" ;;
  rabbitmqctl) rabbitmqctl "$@" ;;
  env) print_env ;;
  queues) list_queues ;;
  *) usage ;;
esac
