#!/usr/bin/env bash
# Lets other people's programs judge what lebombo writes and serves: libraries from the registries, pinned, and openssl.
#
#   tests/interop/run.sh LEBOMBO
#
# One line for each check: `ok NAME`, `FAILED NAME: why` or `skipped NAME: why`. What is not installed is skipped; any
# disagreement ends the run with status 1.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 LEBOMBO" >&2; exit 2; }
lebombo=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
cache=${XDG_CACHE_HOME:-${HOME:-$work}/.cache}/lebombo/interop
origin=interop.example/log
home=$work/home
results=$work/results
server=
url=
export LEBOMBO_HOME=$home
umask 077
touch "$results"

finish() {
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# record LINE: one result.
record() { echo "$1" | tee -a "$results"; }

# part NAME COMMAND...: runs one part, whose lines are results. One that dies, or says nothing, has failed. Bash ignores
# `set -e` in a function that is run so: each of its commands that may fail says what then.
part() {
  local name=$1 status=0
  shift
  "$@" >"$work/lines" 2>"$work/errors" || status=$?
  tee -a "$results" <"$work/lines"
  if ! grep -qE '^(ok|FAILED|skipped) ' "$work/lines" \
    || { [ "$status" -ne 0 ] && ! grep -q '^FAILED ' "$work/lines"; }; then
    record "FAILED $name: ended with status $status: $(tail -n 1 "$work/errors")"
  fi
}

# Without a served log and receipts there is nothing to judge.
scenario_failed() {
  record "FAILED scenario: $1"
  tail -n 20 "$work/scenario" "$work/server" >&2 2>/dev/null || true
  summary
}

summary() {
  local ok failed skipped
  ok=$(grep -c '^ok ' "$results" || true)
  failed=$(grep -c '^FAILED ' "$results" || true)
  skipped=$(grep -c '^skipped ' "$results" || true)
  echo "interop: $ok passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] || exit 1
  exit 0
}

start_server() {
  "$lebombo" serve --create --origin "$origin" --data "$work/data" --keys "$work/keys" --listen 127.0.0.1:0 \
    >"$work/server" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    url=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$work/server" | head -n 1)
    [ -z "$url" ] || return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# A log of some 600 entries (three bundles, two levels of tiles), published at several sizes, and its receipts.
scenario() {
  local vkey
  vkey=$("$lebombo" key show "$work/keys/checkpoint.pem" --name "$origin" | tail -n 1)
  "$lebombo" init --url "$url" --vkey "$vkey"
  "$lebombo" project template interop >"$work/charter.toml"
  "$lebombo" project create "$work/charter.toml"
  "$lebombo" member add interop me --role importer
  "$lebombo" push
  echo "what was worked on" >"$work/batch-1.jsonl"
  "$lebombo" log annotation --project interop --activity labelling --quantity 120 --unit item \
    --evidence "$work/batch-1.jsonl"
  "$lebombo" log dataset --project interop --activity recording --quantity 4294967295 --unit clip
  "$lebombo" push
  {
    echo "job,worker,items,day"
    for i in $(seq 600); do echo "job-$i,worker-$((i % 7)),$i,2026-03-02"; done
  } >"$work/jobs.csv"
  cat >"$work/jobs.toml" <<'TOML'
format = "csv"
system = "desk"
contributor = "worker"
source-id = "job"
work = "annotation"
activity = "labelling"
unit = "item"
quantity = { column = "items" }
evidence = ["job", "worker", "items"]

[date]
column = "day"
format = "%Y-%m-%d"
TOML
  "$lebombo" import map "$work/jobs.csv" --project interop --map "$work/jobs.toml"
  "$lebombo" push
  "$lebombo" log dataset --project interop --activity recording --quantity 1 --unit clip
  "$lebombo" push
}

have_go() {
  command -v go >/dev/null || { record "skipped go: Go is not installed"; return 1; }
  local version
  version=$(cd "$here/go" && go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//')
  printf '1.25\n%s\n' "$version" | sort -CV \
    || { record "skipped go: Go 1.25 is needed, and this is $version"; return 1; }
}

have_python() {
  command -v python3 >/dev/null || { record "skipped python: Python is not installed"; return 1; }
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
    || { record "skipped python: Python 3.10 is needed, and this is $(python3 --version)"; return 1; }
  python3 -c 'import ensurepip, venv' 2>/dev/null \
    || { record "skipped python: Python's venv is not installed (python3-venv)"; return 1; }
}

have_openssl() {
  command -v openssl >/dev/null || { record "skipped openssl: openssl is not installed"; return 1; }
  openssl pkeyutl -help 2>&1 | grep -q -- -rawin \
    || { record "skipped openssl: openssl 3 is needed, and this is $(openssl version)"; return 1; }
}

build_judge() { (cd "$here/go" && go build -o "$work/judge" . && echo "ok go/build"); }

# A virtual environment for each list of packages and version of Python. The marker comes last: without it, it is made
# again.
make_venv() {
  local key
  key=$({ python3 --version; cat "$here/python/requirements.txt"; } | cksum | cut -d ' ' -f 1)
  venv=$cache/python-$key
  [ -e "$venv/complete" ] && return 0
  mkdir -p "$cache" && python3 -m venv --clear "$venv" \
    && "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
      -r "$here/python/requirements.txt" \
    && touch "$venv/complete"
}

python() { PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" "$here/python/$1" "${@:2}"; }

# Receipts that others' libraries made: lebombo must say of each what they say, and refuse it for the reason that it was
# made for.
judge_theirs() {
  mkdir "$work/theirs" || return
  "$work/judge" issue -policy "$home/policy" -receipts "$home/receipts" -out "$work/theirs" || return
  local name verdict code status
  while read -r name verdict code; do
    status=0
    "$lebombo" verify "$work/theirs/$name.tlog-proof" --policy "$work/theirs/$name.policy" >"$work/said" 2>&1 \
      || status=$?
    if [ "$verdict" = accept ] && [ "$status" -eq 0 ]; then
      echo "ok verify/$name"
    elif [ "$verdict" = refuse ] && [ "$status" -eq 1 ] && grep -qF "[$code]" "$work/said"; then
      echo "ok verify/$name"
    else
      echo "FAILED verify/$name: it must say $verdict $code; it ended with $status: $(head -n 1 "$work/said")"
    fi
  done <"$work/theirs/cases"
}

# Files that banks and hubs are given. The program's own test writes them, from accounts that are nobody's.
judge_rails() {
  mkdir "$work/rails" || return
  (cd "$here/../.." && LEBOMBO_RAIL_SAMPLES=$work/rails cargo test --release --locked --quiet -p lebombo --bin lebombo \
    rail::tests::samples -- --exact) >"$work/rails.log" 2>&1 || { tail -n 1 "$work/rails.log" >&2; return 1; }
  python rails.py "$work/rails"
}

start_server || scenario_failed "the ledger did not start"
set +e
(set -e; scenario) >"$work/scenario" 2>&1
status=$?
set -e
[ "$status" -eq 0 ] || scenario_failed "events could not be logged"

if have_openssl; then
  part openssl "$here/openssl.sh" "$lebombo" "$work"
fi
if have_go; then
  part go/build build_judge
  if [ -x "$work/judge" ]; then
    part go "$work/judge" log -url "$url" -policy "$home/policy" -receipts "$home/receipts"
    part verify judge_theirs
  fi
fi
if have_python; then
  if make_venv >"$work/pip" 2>&1; then
    part python/envelopes python envelopes.py "$url" "$home/receipts"
    part python/receipts python receipts.py "$home/policy" "$home/receipts"
    part python/keys python keys.py
    if command -v cargo >/dev/null; then
      part python/rails judge_rails
    else
      record "skipped python/rails: cargo, which runs the test that writes the files, is not installed"
    fi
  else
    record "FAILED python: the packages could not be installed: $(tail -n 1 "$work/pip")"
  fi
fi
summary
