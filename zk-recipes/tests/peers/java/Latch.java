import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.Participant;

/** A candidate, until it is closed. */
final class Latch implements Recipe {
    private final CuratorFramework client;
    private LeaderLatch latch;

    Latch(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "start":
                latch = new LeaderLatch(client, arguments[0], arguments[1]);
                latch.start();
                return "";
            case "wait": latch.await(); return "";
            case "candidates": return String.join(" ",
                    latch.getParticipants().stream().map(Participant::getId).toList());
            case "close": latch.close(); return "";
            default: throw Recipe.unknown(verb);
        }
    }
}
