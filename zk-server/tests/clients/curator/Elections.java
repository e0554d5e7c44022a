import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;

/** Who leads. */
enum Elections implements Recipes.Recipe {
    LEADER_LATCH {
        @Override
        public void run(Recipes recipes) throws Exception {
            List<LeaderLatch> latches = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                LeaderLatch latch = recipes.closing(
                        new LeaderLatch(recipes.client(), "/latch", "candidate " + i));
                latch.start();
                latches.add(latch);
            }
            while (!latches.isEmpty()) {
                LeaderLatch leader = leader(latches);
                Recipes.expect("it can wait for it", leader.await(30, TimeUnit.SECONDS));
                int left = latches.size();
                Recipes.await("all candidates",
                        () -> leader.getParticipants().size() == left);
                Recipes.equal(1L, leader.getParticipants().stream()
                        .filter(Participant::isLeader).count());
                leader.close();
                latches.remove(leader);
            }
        }
    },
    LEADER_LATCH_OVER_LOST_CONNECTIONS {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework first = recipes.client();
            CuratorFramework second = recipes.client();
            List<LeaderLatch> latches = List.of(
                    recipes.closing(new LeaderLatch(first, "/latch-drop", "first")),
                    recipes.closing(new LeaderLatch(second, "/latch-drop", "second")));
            latches.get(0).start();
            Recipes.expect("the first", latches.get(0).await(30, TimeUnit.SECONDS));
            latches.get(1).start();
            recipes.drop(first, second);
            leader(latches);
            recipes.expire(first);
            leader(latches);
            Recipes.await("both are there",
                    () -> latches.get(1).getParticipants().size() == 2);
            latches.get(0).close();
            Recipes.expect("the second", latches.get(1).await(30, TimeUnit.SECONDS));
        }
    },
    LEADER_SELECTOR {
        @Override
        public void run(Recipes recipes) throws Exception {
            AtomicInteger leading = new AtomicInteger();
            AtomicInteger[] turns = {new AtomicInteger(), new AtomicInteger(), new AtomicInteger()};
            List<CuratorFramework> clients = new ArrayList<>();
            for (AtomicInteger turn : turns) {
                CuratorFramework client = recipes.client();
                clients.add(client);
                LeaderSelector selector = recipes.closing(new LeaderSelector(client, "/selector",
                        new LeaderSelectorListenerAdapter() {
                            @Override
                            public void takeLeadership(CuratorFramework unused) {
                                if (leading.incrementAndGet() == 1) {
                                    turn.incrementAndGet();
                                }
                                leading.decrementAndGet();
                            }
                        }));
                selector.setId("selector " + turn);
                selector.autoRequeue();
                selector.start();
            }
            Recipes.await("three turns each", () -> least(turns) >= 3);
            recipes.drop(clients.toArray(new CuratorFramework[0]));
            int before = least(turns);
            Recipes.await("more turns", () -> least(turns) >= before + 2);
        }
    };

    static LeaderLatch leader(List<LeaderLatch> latches) throws Exception {
        Recipes.await("a leader", () ->
                latches.stream().filter(LeaderLatch::hasLeadership).count() == 1);
        return latches.stream().filter(LeaderLatch::hasLeadership).findFirst().orElseThrow();
    }

    static int least(AtomicInteger[] turns) {
        int least = Integer.MAX_VALUE;
        for (AtomicInteger turn : turns) {
            least = Math.min(least, turn.get());
        }
        return least;
    }
}
