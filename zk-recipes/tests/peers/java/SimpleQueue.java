import java.util.ArrayList;
import java.util.List;

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
            case "drain": return drain(queue);
            default: throw Recipe.unknown(verb);
        }
    }

    /** Takes items until one of them is {@code end}. */
    private String drain(SimpleDistributedQueue queue) throws Exception {
        List<String> items = new ArrayList<>();
        do {
            items.add(Recipe.text(queue.take()));
        } while (!items.get(items.size() - 1).equals("end"));
        return String.join(" ", items);
    }
}
