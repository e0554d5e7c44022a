import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;

/** Holds everybody up while it is there. */
final class Barrier implements Recipe {
    private final CuratorFramework client;

    Barrier(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        var barrier = new DistributedBarrier(client, arguments[0]);
        switch (verb) {
            case "set": barrier.setBarrier(); return "";
            case "remove": barrier.removeBarrier(); return "";
            case "wait": barrier.waitOnBarrier(); return "";
            default: throw Recipe.unknown(verb);
        }
    }
}
