import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.state.ConnectionState;

/** Items in Curator's envelope, with a priority. Who takes one takes all from then on. */
final class PriorityQueue implements Recipe, QueueConsumer<String>, QueueSerializer<String> {
    private final CuratorFramework client;
    private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
    private DistributedPriorityQueue<String> consumer;

    PriorityQueue(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "put":
                try (var queue = open(null, arguments[0])) {
                    queue.put(arguments[2], Integer.parseInt(arguments[1]));
                }
                return "";
            case "take":
                if (consumer == null) {
                    consumer = open(this, arguments[0]);
                }
                return taken.take();
            default: throw Recipe.unknown(verb);
        }
    }

    private DistributedPriorityQueue<String> open(QueueConsumer<String> consumer, String path)
            throws Exception {
        var queue = QueueBuilder.builder(client, consumer, this, path).buildPriorityQueue(0);
        queue.start();
        return queue;
    }

    @Override
    public void consumeMessage(String item) {
        taken.add(item);
    }

    @Override
    public void stateChanged(CuratorFramework unused, ConnectionState state) {
    }

    @Override
    public byte[] serialize(String item) {
        return Recipe.bytes(item);
    }

    @Override
    public String deserialize(byte[] bytes) {
        return Recipe.text(bytes);
    }
}
