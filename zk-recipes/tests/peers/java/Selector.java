import java.util.concurrent.CountDownLatch;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;

/** Leads once, until it is told to stop. */
final class Selector extends LeaderSelectorListenerAdapter implements Recipe {
    private final CuratorFramework client;
    private final CountDownLatch elected = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private LeaderSelector selector;

    Selector(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "start":
                selector = new LeaderSelector(client, arguments[0], this);
                selector.setId(arguments[1]);
                selector.start();
                return "";
            case "candidates": return String.join(" ",
                    selector.getParticipants().stream().map(Participant::getId).toList());
            case "wait": elected.await(); return "";
            case "close": done.countDown(); return "";
            default: throw Recipe.unknown(verb);
        }
    }

    @Override
    public void takeLeadership(CuratorFramework unused) throws Exception {
        elected.countDown();
        done.await();
    }
}
