# shellcheck shell=bash
# Sourced. Starts, records and stops programs that outlive the shell.
# A record is a file with "PID STARTED". The start time prevents signals to another process that got the same pid.

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# shipped_stages: their names in the order of the workflow, one a line.
shipped_stages() { grep -v '^#' "$(dirname "${BASH_SOURCE[0]}")/../plugins/stages.txt"; }
# checkout_stages: those of the checkout workflow.
checkout_stages() { grep -v '^#' "$(dirname "${BASH_SOURCE[0]}")/../plugins/checkout_stages.txt"; }

# process_birth PID: prints when it started, in the kernel's ticks; nothing when it does not exist or is a zombie.
process_birth() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # The name, in parentheses, may contain any character. The fields follow it.
  read -r -a stat <<<"${stat##*) }"
  [ "${stat[0]}" = Z ] || printf '%s' "${stat[19]}"
}

# record_process PID FILE: writes the record of a process.
record_process() { printf '%s %s\n' "$1" "$(process_birth "$1")" >"$2"; }

# recorded_pid FILE: prints the pid if the recorded process still runs; fails otherwise.
recorded_pid() {
  local pid birth
  read -r pid birth 2>/dev/null <"$1" || return 1
  [ -n "$birth" ] && [ "$(process_birth "$pid")" = "$birth" ] && printf '%s' "$pid"
}

# start_process RECORD LOG COMMAND...: starts it in its own session, without the terminal.
start_process() {
  local record=$1 log=$2
  shift 2
  setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
  record_process $! "$record"
}

# stop_process RECORD SIGNAL TIMEOUT_SECONDS: sends the signal, waits, and kills the process after the timeout.
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

# free_port: prints a free port below the range of ephemeral ports.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); port_open "$port"; do :; done
  printf '%s' "$port"
}

# given_settings PREFIXES: prints the settings of the programs in the caller's environment, as in ENRICH_DELAY=5s ./dev up:
# NAME=VALUE, each ended by NUL. PREFIXES are separated by '|'.
given_settings() {
  env -0 | grep -zE "^($1)_" | grep -zvE '^ESTEIRA_(PLUGIN_DIR|TEST_|SOURCE_DIR|BUILD_DIR)' || true
}

# await_ready RECORD LOG URL: waits until /readyz of a program succeeds.
await_ready() {
  local name tick
  name=$(basename "$1" .pid)
  for ((tick = 0; tick < 600; tick++)); do
    if curl -fsS -o /dev/null --max-time 2 "$3/readyz" 2>/dev/null; then return; fi
    if ! recorded_pid "$1" >/dev/null; then
      tail -n 5 "$2" >&2
      die "$name ended; the last lines of its log are above. The whole log: $2"
    fi
    sleep 0.1
  done
  curl -sS --max-time 2 "$3/readyz" >&2 || true
  die "$name is not ready after a minute; see $2"
}
