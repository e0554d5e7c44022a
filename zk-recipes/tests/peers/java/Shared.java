import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;

/** What several processes do by turns, and what shows whether they did. */
final class Shared {
    private static final int WORK_MILLIS = 10;

    private Shared() {
    }

    /** Reads a number and writes the next one. Only a lock keeps two from writing the same. */
    static int increment(CuratorFramework client, String path) throws Exception {
        int next = Integer.parseInt(Recipe.text(client.getData().forPath(path))) + 1;
        client.setData().forPath(path, Recipe.bytes(Integer.toString(next)));
        return next;
    }

    /** Goes in, does something there, and goes out again, as a log shows. */
    static void visit(CuratorFramework client, String log, String kind) throws Exception {
        note(client, log, "in-" + kind);
        Thread.sleep(WORK_MILLIS);
        note(client, log, "out-" + kind);
    }

    /** Adds a line to a log; the server puts them all in order. */
    private static void note(CuratorFramework client, String log, String line) throws Exception {
        client.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(log + "/" + line + "-");
    }
}
