import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.CachedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.PromotedToLock;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.recipes.shared.SharedValue;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;

/** Numbers and values that all agree on. */
enum Counters implements Recipes.Recipe {
    SHARED_COUNT {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework first = recipes.client();
            CuratorFramework second = recipes.client();
            SharedCount count = recipes.closing(new SharedCount(first, "/count", 10));
            SharedCount other = recipes.closing(new SharedCount(second, "/count", 10));
            List<Integer> told = new CopyOnWriteArrayList<>();
            other.addListener(new SharedCountListener() {
                @Override
                public void countHasChanged(SharedCountReader unused, int now) {
                    told.add(now);
                }

                @Override
                public void stateChanged(CuratorFramework unused, ConnectionState state) {}
            });
            count.start();
            other.start();
            Recipes.equal(10, other.getCount());
            count.setCount(11);
            Recipes.await("the new count", () -> told.contains(11) && other.getCount() == 11);
            var before = other.getVersionedValue();
            Recipes.expect("one of two", other.trySetCount(before, 12));
            Recipes.expect("not the other", !count.trySetCount(before, 13));
            recipes.drop(first, second);
            count.setCount(14);
            Recipes.await("the new count", () -> other.getCount() == 14 && told.contains(14));
        }
    },
    SHARED_VALUE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            SharedValue value = recipes.closing(
                    new SharedValue(client, "/shared", Recipes.bytes("seed")));
            SharedValue other = recipes.closing(
                    new SharedValue(recipes.client(), "/shared", Recipes.bytes("unused")));
            value.start();
            other.start();
            Recipes.equal("seed", Recipes.text(other.getValue()));
            recipes.expire(client);
            value.setValue(Recipes.bytes("new"));
            Recipes.await("the new value",
                    () -> Recipes.text(other.getValue()).equals("new"));
        }
    },
    ATOMIC_LONG {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework[] clients = {recipes.client(), recipes.client()};
            AtomicInteger next = new AtomicInteger();
            recipes.spawnAll(4, unused -> {
                CuratorFramework client = clients[next.getAndIncrement() % 2];
                var sum = new DistributedAtomicLong(client, "/long", new RetryNTimes(100, 3));
                for (int i = 0; i < 20; i++) {
                    AtomicValue<Long> value = sum.increment();
                    Recipes.expect("it is added", value.succeeded());
                    Recipes.equal(value.preValue() + 1, value.postValue());
                }
            });
            var sum = new DistributedAtomicLong(clients[0], "/long", new RetryNTimes(3, 3));
            Recipes.equal(80L, sum.get().postValue());
            Recipes.expect("it was 80", sum.compareAndSet(80L, 7L).succeeded());
            Recipes.expect("it was not 80", !sum.compareAndSet(80L, 8L).succeeded());
            Recipes.expect("it is there", !sum.initialize(1L));
            CachedAtomicLong cached = new CachedAtomicLong(sum, 10);
            Recipes.equal(8L, cached.next().postValue());
            Recipes.equal(9L, cached.next().postValue());
            Recipes.equal(17L, sum.get().postValue());
        }
    },
    ATOMIC_INTEGER_WITH_A_LOCK {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            PromotedToLock lock = PromotedToLock.builder().lockPath("/integer-lock")
                    .retryPolicy(new RetryNTimes(2, 2)).build();
            recipes.spawnAll(4, unused -> {
                var sum = new DistributedAtomicInteger(client, "/integer", new RetryNTimes(0, 1),
                        lock);
                for (int i = 0; i < 10; i++) {
                    Recipes.await("it is added", () -> sum.add(2).succeeded());
                }
            });
            var sum = new DistributedAtomicInteger(client, "/integer", new RetryNTimes(3, 3));
            Recipes.equal(80, sum.get().postValue());
        }
    };
}
