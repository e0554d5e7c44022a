import java.io.Closeable;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.state.ConnectionState;

/** Items in Curator's envelope, with a priority or without. Who takes one takes all from then on. */
final class Queue implements Recipe, QueueConsumer<String>, QueueSerializer<String> {
    private final CuratorFramework client;
    private final boolean hasPriorities;
    private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
    private Closeable consumer;

    Queue(CuratorFramework client, String kind) {
        this.client = client;
        this.hasPriorities = kind.equals("priority");
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "put": put(arguments); return "";
            case "take":
                if (consumer == null) {
                    consumer = consume(arguments[0]);
                }
                return taken.take();
            default: throw Recipe.unknown(verb);
        }
    }

    private void put(String... arguments) throws Exception {
        QueueBuilder<String> builder = QueueBuilder.builder(client, null, this, arguments[0]);
        if (hasPriorities) {
            try (DistributedPriorityQueue<String> queue = builder.buildPriorityQueue(0)) {
                queue.start();
                queue.put(arguments[2], Integer.parseInt(arguments[1]));
            }
        } else {
            try (DistributedQueue<String> queue = builder.buildQueue()) {
                queue.start();
                queue.put(arguments[1]);
            }
        }
    }

    private Closeable consume(String path) throws Exception {
        QueueBuilder<String> builder = QueueBuilder.builder(client, this, this, path);
        if (hasPriorities) {
            DistributedPriorityQueue<String> queue = builder.buildPriorityQueue(0);
            queue.start();
            return queue;
        }
        DistributedQueue<String> queue = builder.buildQueue();
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
