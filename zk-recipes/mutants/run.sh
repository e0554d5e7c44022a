#!/usr/bin/env bash
# Puts deliberate bugs into a copy of the tree, one by one, and tells whether a test finds each.
#
#   zk-recipes/mutants/run.sh                all of them
#   zk-recipes/mutants/run.sh lock           those whose files begin so
#
# A patch says in its first lines what the bug is, and how it is to be found:
#
#   bug: a node of a lost answer is not looked for
#   test: -p zk-recipes --test trials -- lock
set -euo pipefail
cd "$(dirname "$0")/../.."

copy=${MUTANTS_DIR:-$(mktemp -d)}
rm -rf "$copy/tree"
mkdir -p "$copy/tree"
git archive HEAD | tar -x -C "$copy/tree"
export CARGO_TARGET_DIR="$copy/target" CARGO_INCREMENTAL=0
log="$copy/log"

field() { sed -n "s/^$2: //p" "$1" | head -1; }

survived=0
for patch in "$(pwd)"/zk-recipes/mutants/"${1:-}"*.patch; do
    [ -e "$patch" ] || { echo "no such mutant: ${1:-any}" >&2; exit 2; }
    name=$(basename "$patch" .patch)
    test=$(field "$patch" test)
    if ! patch -s -p1 -d "$copy/tree" <"$patch" >"$log"; then
        echo "$name: DOES NOT APPLY"
        exit 1
    fi
    cd "$copy/tree"
    eval "words=($test)" # as on a command line: the name of a story can have spaces
    eval "build=(${test%% -- *})"
    if ! cargo test --no-run "${build[@]}" >"$log" 2>&1; then
        echo "$name: DOES NOT BUILD"
        tail -20 "$log"
        survived=1
    elif timeout "${MUTANT_SECONDS:-300}" cargo test "${words[@]}" >"$log" 2>&1; then
        echo "$name: SURVIVED: $(field "$patch" bug)"
        survived=1
    else
        echo "$name: found: $(field "$patch" bug)"
    fi
    cd - >/dev/null
    patch -s -R -p1 -d "$copy/tree" <"$patch"
done
exit $survived
