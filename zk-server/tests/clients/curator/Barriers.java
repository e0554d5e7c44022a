import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;

/** All go on together. */
enum Barriers implements Recipes.Recipe {
    BARRIER {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework keeper = recipes.client();
            CuratorFramework client = recipes.client();
            DistributedBarrier barrier = new DistributedBarrier(keeper, "/barrier");
            barrier.setBarrier();
            DistributedBarrier before = new DistributedBarrier(client, "/barrier");
            Recipes.expect("it is closed", !before.waitOnBarrier(100, TimeUnit.MILLISECONDS));
            Future<Boolean> waiting =
                    recipes.spawn(() -> before.waitOnBarrier(30, TimeUnit.SECONDS));
            recipes.drop(keeper, client);
            Recipes.expect("it is closed", !waiting.isDone());
            barrier.removeBarrier();
            Recipes.expect("it is open", waiting.get());
        }
    },
    DOUBLE_BARRIER {
        @Override
        public void run(Recipes recipes) throws Exception {
            int members = 5;
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger left = new AtomicInteger();
            recipes.spawnAll(members, unused -> {
                CuratorFramework client;
                synchronized (recipes) {
                    client = recipes.client();
                }
                var barrier = new DistributedDoubleBarrier(client, "/double", members);
                inside.incrementAndGet();
                Recipes.expect("in", barrier.enter(20, TimeUnit.SECONDS));
                Recipes.equal(members, inside.get());
                left.incrementAndGet();
                Recipes.expect("out", barrier.leave(20, TimeUnit.SECONDS));
                Recipes.equal(members, left.get());
            });
        }
    };
}
