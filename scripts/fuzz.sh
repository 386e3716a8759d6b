#!/usr/bin/env bash
# Runs each fuzz target for a while: scripts/fuzz.sh [SECONDS [TARGET...]]
#
# Sanitizers are left off: the verifier forbids unsafe code, so what is looked for are broken assertions, and without
# them the targets build on stable Rust and run faster.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

seconds=${1:-60}
shift || true

if ! command -v cargo-fuzz >/dev/null; then
  echo "cargo-fuzz is missing, so nothing was fuzzed. Install it: cargo install cargo-fuzz --locked" >&2
  echo "The same properties run without it, on fewer inputs: cargo test --release -p lebombo-verifier --test properties" >&2
  exit 1
fi
if ! command -v c++ >/dev/null; then
  echo "A C++ compiler is missing, which libFuzzer needs: run scripts/setup.sh" >&2
  exit 1
fi

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list)

# Inputs to begin with: the project's own vectors, in the form that each target reads.
seed() {
  command -v python3 >/dev/null || return 0
  python3 - "$1" "corpus/$1" <<'PYTHON'
import base64, json, pathlib, sys
target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
vectors = pathlib.Path("../spec/vectors")
seeds = []
if target in ("event", "json"):
    for path in sorted(vectors.glob("event/*.json")):
        entry = base64.b64decode(json.loads(path.read_text())["entry"])
        if len(entry) > 2048:
            continue
        seeds.append(entry)
        try:
            seeds.append(base64.b64decode(json.loads(entry)["payload"]))
        except Exception:
            pass
folder.mkdir(parents=True, exist_ok=True)
for number, seed in enumerate(seeds):
    (folder / f"seed-{number:03}").write_bytes(seed)
PYTHON
}

for target in "${targets[@]}"; do
  echo "== $target, $seconds s"
  mkdir -p "corpus/$target"
  seed "$target"
  # Inputs are lists of choices, so long ones are as welcome as short ones from the start.
  cargo fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -max_len=2048 -len_control=0 \
    -verbosity=0 -print_final_stats=1
done
