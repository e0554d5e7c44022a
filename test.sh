#!/usr/bin/env bash
# Runs everything that proves this project, on Debian installing what it needs.
#
#   ./test.sh            all of it
#   ./test.sh fast       what needs no server to be installed: format, lints, docs, unit tests
#   ./test.sh PART...    parts by name: format lint docs unit sim server conformance history clients
#                        kerberos wasm deny fuzz, and bench
set -euo pipefail
cd "$(dirname "$0")"

# Nothing is built twice here, and what it would take the next time fills disks.
export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

format() { cargo fmt --all --check; }

lint() {
    cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
    one_executor
    no_runtime
}

# zk-blocking has no runtime in its tree, whatever its features.
no_runtime() {
    local tree
    tree=$(cargo tree --locked -p zk-blocking --all-features --edges normal,build)
    ! grep -E ' (tokio|async-std|async-io|smol|polling|mio) v' <<<"$tree"
}

# zk-async-std with smol alone has no async-std in its tree, and with nothing says what to write.
one_executor() {
    local alone=(-p zk-async-std --locked --no-default-features)
    cargo clippy "${alone[@]}" --features smol --all-targets -- -D warnings
    cargo clippy "${alone[@]}" --features async-std --all-targets -- -D warnings
    if cargo tree "${alone[@]}" --features smol --edges normal,build | grep -F ' async-std v'; then
        cargo tree "${alone[@]}" --features smol --edges normal,build --invert async-std
        return 1
    fi
    grep -F 'features = ["smol"]' <(cargo check "${alone[@]}" 2>&1)
}

docs() {
    RUSTDOCFLAGS="-D warnings" \
        cargo doc --locked --workspace --all-features --no-deps --document-private-items
}

# Property tests run more cases here than on a desk.
unit() {
    cargo build --locked -p zk-proto --all-features --examples
    PROPTEST_CASES="${PROPTEST_CASES:-1000}" \
        run_tests -p zk-proto -p zk-client -p zk-fuzz --all-features --lib --tests
    # One by one: together, zk-history would have zk-server's tests want a real server.
    run_tests -p zk-server --features ring --lib --tests
    run_tests -p zk-history --lib --tests
    run_tests -p zk-recipes --lib --tests
    run_tests -p zk-async-std --all-features --lib --tests
    run_tests -p zk-async-std --no-default-features --features smol
    install_strace
    run_tests -p zk-blocking --lib --tests
    run_tests --workspace --all-features --doc
}

# Worlds in which everything goes wrong: those that once failed, and others for each commit. A debug
# build has to simulate the same ones in the same way. Then each recipe in worlds of its own.
sim() {
    run_tests -p zk-sim --lib --tests
    cargo build --locked --release -p zk-sim
    cargo run --locked --release -q -p zk-sim -- --seeds "${SEEDS:-5000}" --hours "${HOURS:-500}"
    diff <(sim_traces) <(sim_traces --release)
    run_tests --release -p zk-recipes --test trials -- --seeds "${RECIPE_SEEDS:-150}"
}

sim_traces() {
    cargo run --locked -q "$@" -p zk-sim -- --seeds 8 --traces --threads 1 | grep ^0x
}

# On sockets, and on real servers.
server() {
    install_server
    run_tests -p zk-server --all-features --lib \
        --test cleanup --test ensemble --test standalone --test differential
    run_tests -p zk-tokio --all-features --lib --tests
    cargo run --locked -q -p zk-tokio --example quickstart
    cargo run --locked -q -p zk-recipes --example lock_kill
}

# One list of tests for every adapter, on both kinds of servers.
conformance() {
    install_server
    run_tests -p zk-conformance --tests
}

# Other people's clients, on our server: kazoo, Curator, zkCli.sh, the C client. And their recipes
# beside ours.
clients() {
    install_clients
    ZK_CLIENTS_REQUIRED=1 run_tests -p zk-server --features apache --test clients
    ZK_CLIENTS_REQUIRED=1 run_tests -p zk-recipes --test peers
}

# Kerberos, in a realm of its own. A workspace of its own, too, since it needs C libraries to build.
# Not `--locked`: each dependency that a crate of the other workspace gets would break it.
kerberos() {
    local manifest=(--manifest-path zk-kerberos/Cargo.toml)
    install_server
    install_kerberos
    cargo fmt "${manifest[@]}" --check
    cargo clippy "${manifest[@]}" --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc "${manifest[@]}" --no-deps --document-private-items
    cargo test "${manifest[@]}" 2>&1 | tee -a "$log"
}

deny() {
    command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
    cargo deny --locked check bans licenses sources
    cargo deny --manifest-path zk-kerberos/Cargo.toml check bans licenses sources
    if ! cargo deny --locked check advisories; then
        echo "!!! SKIPPED: advisories. Their database could not be read, or has something to say: see above." >&2
    fi
}

# The core where there is no operating system: a module that imports nothing, hosted by Node.js.
wasm() {
    local target=wasm32-unknown-unknown built="${CARGO_TARGET_DIR:-target}"
    local module=(--manifest-path wasm/Cargo.toml --target "$target" --target-dir "$built" --locked)
    if ! command -v node >/dev/null; then
        echo "!!! SKIPPED: wasm. There is no Node.js." >&2
        return
    fi
    if ! [ -d "$(rustc --print target-libdir --target "$target")" ] && ! rustup target add "$target"; then
        echo "!!! SKIPPED: wasm. The target $target could not be installed: see above." >&2
        return
    fi
    cargo check --locked -p zk-proto --lib --target "$target"
    cargo fmt --manifest-path wasm/Cargo.toml --check
    cargo clippy "${module[@]}" -- -D warnings
    cargo build "${module[@]}" --release
    cargo build --locked -p zk-server
    node wasm/run.mjs "$built/$target/release/zk_wasm.wasm" "$built/debug/zk-server"
}

# Each fuzz target for a moment. On any compiler: without a sanitizer, it need not be a nightly one.
fuzz() {
    local target output
    if ! command -v "${CXX:-c++}" >/dev/null; then
        echo "!!! SKIPPED: fuzz. libFuzzer needs a C++ compiler." >&2
        return
    fi
    if ! command -v cargo-fuzz >/dev/null && ! cargo install --locked cargo-fuzz; then
        echo "!!! SKIPPED: fuzz. cargo-fuzz could not be installed: see above." >&2
        return
    fi
    cargo fuzz build --sanitizer none --target-dir target/fuzz
    for target in $(cargo fuzz list); do
        mkdir -p "target/fuzz/corpus/$target"
        printf '%s: ' "$target"
        if ! output=$(cargo fuzz run --sanitizer none --target-dir target/fuzz "$target" \
            "target/fuzz/corpus/$target" "fuzz/corpus/$target" -- -dict=fuzz/dictionary.txt \
            -max_total_time="${FUZZ_SECONDS:-10}" -max_len=4096 -timeout=5 -rss_limit_mb=512 2>&1); then
            printf '%s\n' "$output" >&2
            return 1
        fi
        grep -a DONE <<<"$output"
    done
}

# What clients see of an ensemble under faults: of Apache's, and of that inside the process.
history() {
    install_server
    cargo run --locked --release -q -p zk-history -- \
        --seconds 90 --kill-every 8 --least-kills 3 --mutants 90
    cargo run --locked --release -q -p zk-history -- --in-process --seconds 12 --kill-every 3
}

bench() { cargo bench --locked -p zk-proto -p zk-blocking; }

run_tests() { cargo test --locked "$@" 2>&1 | tee -a "$log"; }

install_server() {
    if command -v java >/dev/null && [ -n "${ZOOKEEPER_CLASSPATH:-}$(ls /usr/share/java/zookeeper.jar 2>/dev/null)" ]; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "The tests on real servers need Java 11 or later and Apache ZooKeeper 3.8 or later." >&2
        echo "Install both, and set ZOOKEEPER_CLASSPATH to the jars, such as /opt/zookeeper/lib/*" >&2
        exit 1
    fi
    install zookeeper default-jre-headless
}

# Without it, a test of system calls is skipped.
install_strace() {
    if ! command -v strace >/dev/null && command -v apt-get >/dev/null; then
        install strace || true
    fi
}

# What a client needs is looked for by its test too, which fails without it.
install_clients() {
    if [ -e /usr/share/java/curator-x-discovery.jar ] && [ -e /usr/include/zookeeper/zookeeper.h ] &&
        [ -e /usr/lib/zookeeper/bin/cli_mt ] && [ -e /usr/share/zookeeper/bin/zkCli.sh ] &&
        type javac gcc python3 >/dev/null && python3 -c "import ensurepip" 2>/dev/null; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "The tests of other people's clients need what Debian packages of them." >&2
        exit 1
    fi
    install zookeeper zookeeper-bin libzookeeper-mt-dev libcurator-recipes-java \
        libcurator-discovery-java libcommons-cli-java libjackson2-core-java libnetty-java \
        libslf4j-java default-jdk-headless gcc libc6-dev python3-venv
}

install_kerberos() {
    if type krb5kdc kdb5_util kadmin.local kinit kvno pkg-config clang >/dev/null 2>&1 &&
        pkg-config --exists mit-krb5-gssapi; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "The tests of zk-kerberos need MIT Kerberos with its headers and programs, and clang." >&2
        exit 1
    fi
    install krb5-kdc krb5-admin-server krb5-user libkrb5-dev pkg-config clang libclang-dev
}

install() {
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -q -y --no-install-recommends "$@" >/dev/null
}

# All test results of this run, in one line.
sum_up() {
    awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
         END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$log"
}

everything=(format lint docs unit sim server conformance history clients kerberos wasm deny fuzz)
case "${1:-all}" in
all) parts=("${everything[@]}") ;;
fast) parts=(format lint docs unit) ;;
*) parts=("$@") ;;
esac
for part in "${parts[@]}"; do
    case " ${everything[*]} bench " in
    *" $part "*) ;;
    *) echo "no such part: $part" >&2; exit 2 ;;
    esac
    printf '\n== %s ==\n' "$part"
    "$part"
done
printf '\n== all green: %s ==\n' "${parts[*]}"
sum_up
