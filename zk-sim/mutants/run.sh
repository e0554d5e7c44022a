#!/usr/bin/env bash
# Puts deliberate bugs into a copy of the tree, switches them on one by one, and tells after how
# many worlds the simulator found each.
#
#   zk-sim/mutants/run.sh            all of them
#   zk-sim/mutants/run.sh 7 12       these
set -euo pipefail
cd "$(dirname "$0")/../.."

copy=${MUTANTS_DIR:-$(mktemp -d)}
mkdir -p "$copy/tree"
git archive HEAD | tar -x -C "$copy/tree"
patch -s -p1 -d "$copy/tree" <zk-sim/mutants/mutants.patch
export CARGO_TARGET_DIR="$copy/target"
cargo build --release --manifest-path "$copy/tree/Cargo.toml" -p zk-sim

last=$(grep -o 'mutant([0-9]*)' zk-sim/mutants/mutants.patch | grep -o '[0-9]*' | sort -n | tail -1)
missed=0
for number in ${*:-$(seq 1 "$last")}; do
    output=$(MUTANT=$number timeout "${MUTANT_SECONDS:-300}" "$CARGO_TARGET_DIR/release/campaign" \
        --from 1 --seeds "${MUTANT_SEEDS:-1000}" --failures 1 --threads 1 2>/dev/null || true)
    if grep -q FAILED <<<"$output"; then
        worlds=$(grep -o '^[0-9]* seeds' <<<"$output" || echo '?')
        echo "$number: found after $worlds: $(grep -m1 FAILED <<<"$output" | cut -c1-160)"
    else
        echo "$number: NOT FOUND: $(tail -1 <<<"$output")"
        missed=1
    fi
done
exit $missed
