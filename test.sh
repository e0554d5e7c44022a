#!/usr/bin/env bash
# Runs everything that proves this project, on Debian installing what it needs.
#
#   ./test.sh            all of it
#   ./test.sh fast       what needs no server: format, lints, docs, unit and property tests
#   ./test.sh PART...    parts by name: format lint docs unit server deny bench
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '\n== %s ==\n' "$*"; }

install_java_server() {
    if [ -n "${ZOOKEEPER_CLASSPATH:-}" ] || [ -e /usr/share/java/zookeeper.jar ]; then
        command -v java >/dev/null && return
    fi
    if command -v apt-get >/dev/null; then
        say "installing Apache ZooKeeper and a Java runtime"
        local sudo=""
        [ "$(id -u)" = 0 ] || sudo=sudo
        $sudo apt-get update -q >/dev/null
        DEBIAN_FRONTEND=noninteractive $sudo apt-get install -q -y --no-install-recommends \
            zookeeper default-jre-headless >/dev/null
    else
        echo "The tests on real servers need Java 11 or later and Apache ZooKeeper 3.8 or later." >&2
        echo "Install both, then set ZOOKEEPER_CLASSPATH to the jars: /opt/zookeeper/lib/*" >&2
        exit 1
    fi
}

format() { say format; cargo fmt --all --check; }
lint() { say lint; cargo clippy --locked --workspace --all-targets --all-features -- -D warnings; }
docs() {
    say docs
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps --document-private-items
}
unit() {
    say "unit and property tests"
    # Property tests run more cases here than on a desk.
    PROPTEST_CASES="${PROPTEST_CASES:-1000}" \
        cargo test --locked -p zk-proto -p zk-client --all-features --lib --tests
    say "examples in the docs and in the README"
    cargo test --locked --workspace --all-features --doc
}
server() {
    install_java_server
    say "tests on sockets and on real servers"
    cargo test --locked -p zk-tokio -p zk-server --all-features --lib --tests --examples
}
bench() {
    say "benches"
    cargo bench --locked -p zk-proto
}
deny() {
    say "dependencies"
    if ! command -v cargo-deny >/dev/null; then
        cargo install --locked cargo-deny
    fi
    cargo deny --locked check bans licenses sources
    if ! cargo deny --locked check advisories; then
        echo "!!! SKIPPED: the advisory database could not be read, or it reports something: see above" >&2
    fi
}

everything=(format lint docs unit server deny)
case "${1:-all}" in
all) parts=("${everything[@]}") ;;
fast) parts=(format lint docs unit) ;;
*) parts=("$@") ;;
esac
for part in "${parts[@]}"; do
    case " ${everything[*]} bench " in
    *" $part "*) "$part" ;;
    *) echo "no such part: $part" >&2; exit 2 ;;
    esac
done
say "all green: ${parts[*]}"
