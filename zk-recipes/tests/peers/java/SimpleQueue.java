import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;

/** Items as they are, first in, first out. */
final class SimpleQueue implements Recipe {
    private final CuratorFramework client;

    SimpleQueue(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        var queue = new SimpleDistributedQueue(client, arguments[0]);
        switch (verb) {
            case "put": queue.offer(Recipe.bytes(arguments[1])); return "";
            case "take": return Recipe.text(queue.take());
            default: throw Recipe.unknown(verb);
        }
    }
}
