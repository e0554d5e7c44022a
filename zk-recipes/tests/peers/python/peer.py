"""Uses kazoo's recipes as it is told to, by lines such as `anna mutex acquire /path`: who, which
recipe, what to do with it. The README beside this folder has them all."""

import os
import queue
import sys
import threading

from kazoo.client import KazooClient

from recipes import RECIPES


class Actor:
    """Does one thing after the other, in a thread of its own."""

    def __init__(self, name, client):
        self._name = name
        self._client = client
        self._commands = queue.SimpleQueue()
        self._recipes = {}
        threading.Thread(target=self._act, daemon=True).start()

    def tell(self, command):
        self._commands.put(command)

    def _act(self):
        while True:
            try:
                told = self._obey(*self._commands.get().split(" "))
                answer(f"{self._name} ok {told or ''}".strip())
            except Exception as failure:
                answer(f"{self._name} error {failure!r}")

    def _obey(self, kind, verb, *arguments):
        if kind not in self._recipes:
            self._recipes[kind] = RECIPES[kind](self._client)
        return getattr(self._recipes[kind], verb)(*arguments)


def answer(line):
    os.write(1, f"{line}\n".encode())


def main():
    client = KazooClient(sys.argv[1], timeout=int(sys.argv[2]) / 1000)
    client.start()
    answer("ready")
    actors = {}
    for line in sys.stdin:
        name, command = line.rstrip("\n").split(" ", 1)
        if name not in actors:
            actors[name] = Actor(name, client)
        actors[name].tell(command)
    # Whoever still waits for a lock would keep it from ending.
    os._exit(0)


main()
