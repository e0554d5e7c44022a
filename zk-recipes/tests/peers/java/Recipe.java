import java.nio.charset.StandardCharsets;

import org.apache.curator.framework.CuratorFramework;

/** One use of a recipe by one actor. */
interface Recipe {
    /** What a command is answered with; a word, several, or none. */
    String run(String verb, String... arguments) throws Exception;

    static Recipe named(String kind, CuratorFramework client) {
        switch (kind) {
            case "mutex": return new Mutex(client);
            case "read":
            case "write": return new ReadWrite(client, kind);
            case "semaphore": return new Semaphore(client);
            case "latch": return new Latch(client);
            case "selector": return new Selector(client);
            case "simple": return new SimpleQueue(client);
            case "priority": return new PriorityQueue(client);
            case "barrier": return new Barrier(client);
            case "double": return new DoubleBarrier(client);
            case "group": return new Group(client);
            case "count": return new Count(client);
            case "service": return new Service(client);
            default: throw new IllegalArgumentException("no such recipe: " + kind);
        }
    }

    static IllegalArgumentException unknown(String verb) {
        return new IllegalArgumentException("no such verb: " + verb);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
