import java.util.Collection;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.shared.SharedCount;

/** Who may go on, and who has to wait. */
enum Locks implements Recipes.Recipe {
    MUTEX {
        @Override
        public void run(Recipes recipes) throws Exception {
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger entries = new AtomicInteger();
            CuratorFramework[] clients = {recipes.client(), recipes.client(), recipes.client()};
            AtomicInteger next = new AtomicInteger();
            recipes.spawnAll(6, unused -> {
                CuratorFramework client = clients[next.getAndIncrement() % clients.length];
                InterProcessMutex mutex = new InterProcessMutex(client, "/mutex");
                for (int i = 0; i < 10; i++) {
                    mutex.acquire();
                    mutex.acquire();
                    Recipes.expect("alone", inside.incrementAndGet() == 1);
                    entries.incrementAndGet();
                    Recipes.expect("still alone", inside.decrementAndGet() == 0);
                    mutex.release();
                    mutex.release();
                }
            });
            Recipes.equal(60, entries.get());
        }
    },
    MUTEX_OVER_LOST_CONNECTIONS {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework holder = recipes.client();
            CuratorFramework waiter = recipes.client();
            InterProcessMutex held = new InterProcessMutex(holder, "/mutex-drop");
            held.acquire();
            InterProcessMutex wanted = new InterProcessMutex(waiter, "/mutex-drop");
            Future<Boolean> waiting = recipes.spawn(() -> wanted.acquire(30, TimeUnit.SECONDS));
            Recipes.await("two in line", () -> held.getParticipantNodes().size() == 2);
            recipes.drop(holder, waiter);
            Recipes.expect("it is still held", held.isAcquiredInThisProcess() && !waiting.isDone());
            Recipes.equal(2, held.getParticipantNodes().size());
            held.release();
            Recipes.expect("the next one has it", waiting.get());
        }
    },
    MUTEX_OF_AN_EXPIRED_SESSION {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework holder = recipes.client();
            new InterProcessMutex(holder, "/mutex-expire").acquire();
            InterProcessMutex wanted = new InterProcessMutex(recipes.client(), "/mutex-expire");
            Recipes.expect("it is held", !wanted.acquire(100, TimeUnit.MILLISECONDS));
            recipes.expire(holder);
            Recipes.expect("it is free", wanted.acquire(30, TimeUnit.SECONDS));
        }
    },
    REVOCABLE_MUTEX {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            InterProcessMutex mutex = new InterProcessMutex(client, "/revoke");
            AtomicBoolean asked = new AtomicBoolean();
            mutex.makeRevocable(unused -> asked.set(true));
            mutex.acquire();
            Collection<String> nodes = mutex.getParticipantNodes();
            org.apache.curator.framework.recipes.locks.Revoker.attemptRevoke(recipes.client(),
                    nodes.iterator().next());
            Recipes.await("a wish to have it back", asked::get);
            mutex.release();
        }
    },
    SEMAPHORE_MUTEX {
        @Override
        public void run(Recipes recipes) throws Exception {
            InterProcessSemaphoreMutex held =
                    new InterProcessSemaphoreMutex(recipes.client(), "/semaphore-mutex");
            InterProcessSemaphoreMutex wanted =
                    new InterProcessSemaphoreMutex(recipes.client(), "/semaphore-mutex");
            held.acquire();
            Recipes.expect("it is held", !wanted.acquire(100, TimeUnit.MILLISECONDS));
            held.release();
            Recipes.expect("it is free", wanted.acquire(30, TimeUnit.SECONDS));
            wanted.release();
        }
    },
    READ_WRITE_LOCK {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework first = recipes.client();
            CuratorFramework second = recipes.client();
            var lock = new InterProcessReadWriteLock(first, "/read-write");
            var other = new InterProcessReadWriteLock(second, "/read-write");
            lock.readLock().acquire();
            Recipes.expect("readers share",
                    recipes.spawn(() -> {
                        boolean got = other.readLock().acquire(30, TimeUnit.SECONDS);
                        other.readLock().release();
                        return got;
                    }).get());
            Recipes.expect("writers wait", !other.writeLock().acquire(100, TimeUnit.MILLISECONDS));
            lock.readLock().release();
            Recipes.expect("a writer", other.writeLock().acquire(30, TimeUnit.SECONDS));
            Recipes.expect("readers wait", !lock.readLock().acquire(100, TimeUnit.MILLISECONDS));
            Recipes.expect("a writer may read", other.readLock().acquire(30, TimeUnit.SECONDS));
            recipes.drop(first, second);
            other.writeLock().release();
            Recipes.expect("readers share", lock.readLock().acquire(30, TimeUnit.SECONDS));
        }
    },
    SEMAPHORE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            recipes.spawnAll(8, unused -> {
                var semaphore = new InterProcessSemaphoreV2(client, "/semaphore", 3);
                for (int i = 0; i < 3; i++) {
                    Lease lease = semaphore.acquire();
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    Thread.sleep(2);
                    inside.decrementAndGet();
                    semaphore.returnLease(lease);
                }
            });
            Recipes.expect(most + " at once", most.get() <= 3);
            var semaphore = new InterProcessSemaphoreV2(client, "/semaphore", 3);
            Collection<Lease> all = semaphore.acquire(3);
            Recipes.expect("it is full", semaphore.acquire(100, TimeUnit.MILLISECONDS) == null);
            semaphore.returnAll(all);
            semaphore.acquire();
        }
    },
    SEMAPHORE_OF_A_SHARED_SIZE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            SharedCount size = recipes.closing(new SharedCount(client, "/semaphore-size", 1));
            size.start();
            var semaphore = new InterProcessSemaphoreV2(client, "/semaphore-shared", size);
            semaphore.acquire();
            Recipes.expect("it is full", semaphore.acquire(100, TimeUnit.MILLISECONDS) == null);
            Future<Collection<Lease>> waiting =
                    recipes.spawn(() -> semaphore.acquire(2, 30, TimeUnit.SECONDS));
            size.setCount(3);
            Recipes.equal(2, waiting.get().size());
        }
    },
    MULTI_LOCK {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            InterProcessLock both =
                    new InterProcessMultiLock(client, List.of("/multi-a", "/multi-b"));
            InterProcessMutex one = new InterProcessMutex(recipes.client(), "/multi-b");
            one.acquire();
            Recipes.expect("one is held", !both.acquire(100, TimeUnit.MILLISECONDS));
            Recipes.expect("none is held", new InterProcessMutex(recipes.client(), "/multi-a")
                    .acquire(30, TimeUnit.SECONDS));
            one.release();
            Recipes.expect("one is held", !both.acquire(100, TimeUnit.MILLISECONDS));
        }
    };
}
