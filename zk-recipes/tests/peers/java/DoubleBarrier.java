import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;

/** All go in together, and out together. */
final class DoubleBarrier implements Recipe {
    private final CuratorFramework client;
    private DistributedDoubleBarrier barrier;

    DoubleBarrier(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "enter":
                barrier = new DistributedDoubleBarrier(client, arguments[0],
                        Integer.parseInt(arguments[1]));
                barrier.enter();
                return "";
            case "leave": barrier.leave(); return "";
            default: throw Recipe.unknown(verb);
        }
    }
}
