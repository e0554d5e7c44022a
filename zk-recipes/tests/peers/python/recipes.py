"""kazoo's recipes, on Curator's layouts where a subclass is enough for that."""

import threading
import time

from kazoo.exceptions import LockTimeout
from kazoo.recipe.barrier import Barrier, DoubleBarrier
from kazoo.recipe.counter import Counter
from kazoo.recipe.lock import Lock
from kazoo.recipe.party import Party
from kazoo.recipe.queue import LockingQueue, Queue

WORK_SECONDS = 0.01


class CuratorLock(Lock):
    """Curator sorts by what follows the last `lock-`, and would not see a node without."""

    _NODE_NAME = "-lock-"
    _EXCLUDE_NAMES = ["-lock-"]


class CuratorWriteLock(Lock):
    _NODE_NAME = "__WRIT__"
    _EXCLUDE_NAMES = ["__WRIT__", "__READ__"]


class CuratorReadLock(Lock):
    _NODE_NAME = "__READ__"
    _EXCLUDE_NAMES = ["__WRIT__"]


class CuratorLatch(Lock):
    _NODE_NAME = "-latch-"
    _EXCLUDE_NAMES = ["-latch-"]


class CuratorGroup(Party):
    """A member's name is its id, and nothing else."""

    _NODE_NAME = ""

    def __init__(self, client, path, identifier, data):
        super().__init__(client, path, data)
        self.create_path = path + "/" + identifier


class Mutex:
    """A lock that one holds."""

    lock_type = CuratorLock

    def __init__(self, client):
        self._client = client
        self._held = None

    def acquire(self, path):
        self._held = self.lock_type(self._client, path)
        self._held.acquire()
        return self._held.node

    def attempt(self, path, millis):
        self._held = self.lock_type(self._client, path)
        try:
            self._held.acquire(timeout=int(millis) / 1000)
        except LockTimeout:
            return "none"
        return self._held.node

    def release(self):
        self._held.release()

    def contend(self, path, counter, times):
        """Which numbers it wrote, each with the node that held the lock then."""
        turns = []
        for _ in range(int(times)):
            node = self.acquire(path)
            turns.append(f"{increment(self._client, counter)}={node}")
            self.release()
        return " ".join(turns)


class PlainMutex(Mutex):
    """kazoo's own lock, told what Curator's nodes look like, which is not enough."""

    @staticmethod
    def lock_type(client, path):
        return Lock(client, path, extra_lock_patterns=["-lock-"])


class Side(Mutex):
    """One side of a lock that many hold to read, and one to write."""

    side = None

    def contend(self, path, log, times):
        for _ in range(int(times)):
            self.acquire(path)
            visit(self._client, log, self.side)
            self.release()


class Read(Side):
    lock_type = CuratorReadLock
    side = "read"


class Write(Side):
    lock_type = CuratorWriteLock
    side = "write"


class Election:
    """Leads once, until it is told to stop."""

    lock_type = None

    def __init__(self, client):
        self._client = client
        self._elected = threading.Event()
        self._done = threading.Event()
        self._election = None

    def start(self, path, identifier):
        self._election = self._client.Election(path)
        self._election.lock = self.lock_type(self._client, path, identifier)
        threading.Thread(target=self._election.run, args=(self._lead,), daemon=True).start()

    def candidates(self):
        return " ".join(self._election.contenders())

    def wait(self):
        self._elected.wait()

    def close(self):
        self._done.set()

    def _lead(self):
        self._elected.set()
        self._done.wait()


class Latch(Election):
    lock_type = CuratorLatch


class Selector(Election):
    lock_type = CuratorLock


class SimpleQueue:
    """Takes what others put; what it puts itself has names that Curator does not know."""

    def __init__(self, client):
        self._client = client

    def take(self, path):
        item = Queue(self._client, path).get()
        return "none" if item is None else item.decode()


    def drain(self, path):
        """Takes items until one of them is `end`."""
        queue = Queue(self._client, path)
        items = []
        while items[-1:] != ["end"]:
            item = queue.get()
            if item is None:
                time.sleep(0.005)
            else:
                items.append(item.decode())
        return " ".join(items)


class LockingQueuePeer:
    """An item stays until it is done with."""

    def __init__(self, client):
        self._client = client
        self._queue = None

    def put(self, path, item):
        LockingQueue(self._client, path).put(item.encode())

    def take(self, path):
        self._queue = LockingQueue(self._client, path)
        return self._queue.get().decode()

    def finish(self):
        self._queue.consume()

    def forsake(self):
        self._queue.release()


class BarrierPeer:
    """Holds everybody up while it is there."""

    def __init__(self, client):
        self._client = client

    def set(self, path):
        Barrier(self._client, path).create()

    def remove(self, path):
        Barrier(self._client, path).remove()

    def wait(self, path):
        Barrier(self._client, path).wait()


class DoubleBarrierPeer:
    """All go in together, and out together."""

    def __init__(self, client):
        self._client = client
        self._barrier = None

    def enter(self, path, count):
        self._barrier = DoubleBarrier(self._client, path, int(count))
        self._barrier.enter()

    def leave(self):
        self._barrier.leave()


class Group:
    """A member, who sees the others."""

    def __init__(self, client):
        self._client = client
        self._member = None

    def join(self, path, identifier, data):
        self._member = CuratorGroup(self._client, path, identifier, data)
        self._member.join()

    def members(self, count):
        """All of them, once there are so many."""
        while len(self._member) != int(count):
            time.sleep(0.005)
        client, path = self._member.client, self._member.path
        names = sorted(client.get_children(path))
        return " ".join(f"{name}={client.get(f'{path}/{name}')[0].decode()}" for name in names)

    def leave(self):
        self._member.leave()


class Count:
    """A number that all see and change."""

    def __init__(self, client):
        self._client = client

    def see(self, path, value):
        """Waits until it is so."""
        counter = Counter(self._client, path, support_curator=True)
        while self._client.retry(lambda: counter.value) != int(value):
            time.sleep(0.005)

    def add(self, path, amount, times):
        counter = Counter(self._client, path, support_curator=True)
        for _ in range(int(times)):
            counter += int(amount)


def increment(client, path):
    """Reads a number and writes the next one. Only a lock keeps two from writing the same."""
    data, _ = client.retry(client.get, path)
    following = int(data) + 1
    client.retry(client.set, path, str(following).encode())
    return following


def visit(client, log, kind):
    """Goes in, does something there, and goes out again, as a log shows."""
    note(client, log, "in-" + kind)
    time.sleep(WORK_SECONDS)
    note(client, log, "out-" + kind)


def note(client, log, line):
    """Adds a line to a log; the server puts them all in order."""
    client.create(f"{log}/{line}-", sequence=True)


RECIPES = {
    "mutex": Mutex,
    "plain": PlainMutex,
    "read": Read,
    "write": Write,
    "latch": Latch,
    "selector": Selector,
    "simple": SimpleQueue,
    "locking": LockingQueuePeer,
    "barrier": BarrierPeer,
    "double": DoubleBarrierPeer,
    "group": Group,
    "count": Count,
}
