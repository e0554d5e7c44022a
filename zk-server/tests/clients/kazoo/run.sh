#!/usr/bin/env bash
# Runs kazoo's own test suite, from its source distribution, as it is.
#
#   run.sh FOLDER PORT [PYTEST ARGUMENTS]
#
#   FOLDER         for what is downloaded and written; kept, it need not be downloaded again
#   PORT           the first of 30 to use
#   ZK_SERVER      the program of our server; without it, java runs Apache ZooKeeper
#   ZK_STATE       with it: a folder for the server's log, one for each run at the same time
#   ZOOKEEPER_CLASSPATH, ZOOKEEPER_VERSION   without it: which one, Debian's if not set
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 port=$2
shift 2

kazoo=kazoo-$(sed -n 's/^kazoo==//p' "$here/requirements.txt")
stamp=$folder/installed-$(cksum <"$here/requirements.txt" | cut -d' ' -f1)
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ ! -e "$stamp" ]; then
    rm -rf "$folder/venv" "$folder/$kazoo"
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    "$folder/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps \
        --no-binary kazoo --dest "$folder" "${kazoo/-/==}"
    tar -xzf "$folder/$kazoo.tar.gz" -C "$folder"
    touch "$stamp"
fi
flock -u 9

path=$folder/venv/bin:$PATH
if [ -n "${ZK_SERVER:-}" ]; then
    mkdir -p "$ZK_STATE"
    path=$here:$path
    export ZOOKEEPER_CLASSPATH=none ZOOKEEPER_VERSION=3.9.5
else
    jars=zookeeper.jar:slf4j-simple.jar:netty-codec.jar:netty-resolver.jar
    jars=$jars:netty-transport-native-unix-common.jar
    export ZOOKEEPER_CLASSPATH=${ZOOKEEPER_CLASSPATH:-/usr/share/java/${jars//:/:/usr/share/java/}}
    export ZOOKEEPER_VERSION=${ZOOKEEPER_VERSION:-3.8.0}
fi
cd "$folder/$kazoo"
# With CI, the suite tests the version of the server too. Some of its tests sleep for 0.2 s and count
# on all threads to be done then, so each has three chances.
PATH=$path CI=1 PYTHONDONTWRITEBYTECODE=1 ZOOKEEPER_PORT_OFFSET=$port \
    exec python3 -m pytest -p no:cacheprovider -q --reruns 2 --tb short \
    --show-capture no --disable-warnings -o addopts= -o log_cli=false "$@"
