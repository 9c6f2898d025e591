# shellcheck shell=bash
# Sourced. Programs that outlive the shell that started them: recorded, recognised, ended.
# A record is a file with "PID STARTED", so that a pid that came to be another process's is never touched.

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# process_birth PID: when it started, in the kernel's ticks; empty when it is gone or only waits to be reaped.
process_birth() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # The name, in parentheses, may hold anything; the fields that count come after it.
  read -r -a stat <<<"${stat##*) }"
  [ "${stat[0]}" = Z ] || printf '%s' "${stat[19]}"
}

# record_process PID FILE
record_process() { printf '%s %s\n' "$1" "$(process_birth "$1")" >"$2"; }

# recorded_pid FILE: prints the pid, if what was recorded still runs.
recorded_pid() {
  local pid birth
  read -r pid birth 2>/dev/null <"$1" || return 1
  [ -n "$birth" ] && [ "$(process_birth "$pid")" = "$birth" ] && printf '%s' "$pid"
}

# start_process RECORD LOG COMMAND...: in a session of its own, away from the terminal.
start_process() {
  local record=$1 log=$2
  shift 2
  setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
  record_process $! "$record"
}

# stop_process RECORD SIGNAL PATIENCE_SECONDS: asks, waits, and after that kills.
stop_process() {
  local pid tick
  if pid=$(recorded_pid "$1"); then
    kill -s "$2" "$pid" 2>/dev/null || true
    for ((tick = 0; tick < $3 * 20; tick++)); do
      recorded_pid "$1" >/dev/null || break
      sleep 0.05
    done
    if recorded_pid "$1" >/dev/null; then
      say "process $pid did not stop in $3 s: killed"
      kill -s KILL "$pid" 2>/dev/null || true
    fi
  fi
  rm -f "$1"
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port: below the range that clients' sockets get their ports from.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); port_open "$port"; do :; done
  printf '%s' "$port"
}

# given_settings PREFIXES: what the caller's environment says about the programs, as NAME=VALUE with NUL in between:
# ./dev up with ENRICH_DELAY=5s, ESTEIRA_LOG_LEVEL=debug ... PREFIXES are separated by '|'.
given_settings() {
  env -0 | grep -zE "^($1)_" | grep -zvE '^ESTEIRA_(PLUGIN_DIR|TEST_|SOURCE_DIR|BUILD_DIR)' || true
}

# await_ready RECORD LOG URL: until one of our programs says that it is ready.
await_ready() {
  local name tick
  name=$(basename "$1" .pid)
  for ((tick = 0; tick < 600; tick++)); do
    if curl -fsS -o /dev/null --max-time 2 "$3/readyz" 2>/dev/null; then return; fi
    if ! recorded_pid "$1" >/dev/null; then
      tail -n 5 "$2" >&2
      die "$name ended; its last words are above. The whole log: $2"
    fi
    sleep 0.1
  done
  curl -sS --max-time 2 "$3/readyz" >&2 || true
  die "$name is not ready after a minute; see $2"
}
