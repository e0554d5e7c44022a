import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.state.ConnectionState;

/** What one puts in, another takes out. */
enum Queues implements Recipes.Recipe {
    QUEUE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework producer = recipes.client();
            CuratorFramework consumer = recipes.client();
            Taken taken = new Taken();
            DistributedQueue<String> in = recipes.closing(
                    QueueBuilder.builder(producer, null, TEXT, "/queue").buildQueue());
            DistributedQueue<String> out = recipes.closing(
                    QueueBuilder.builder(consumer, taken, TEXT, "/queue")
                            .lockPath("/queue-lock").buildQueue());
            in.start();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                if (i == 30) {
                    recipes.drop(producer, consumer);
                }
                in.put("item " + i);
                expected.add("item " + i);
            }
            Recipes.expect("all are put", in.flushPuts(30, TimeUnit.SECONDS));
            out.start();
            // One that was on its way when its connection was lost may be put twice.
            Recipes.await("all items", () -> taken.items.containsAll(expected));
            // What a consumer is about to take when its connection is lost can stay until its session
            // ends: it takes the lock of an item for another's when the answer to its creation was
            // lost (DistributedQueue.processWithLockSafety). So it loses its connection when all is
            // taken, and goes on.
            recipes.drop(producer, consumer);
            for (int i = 60; i < 90; i++) {
                in.put("item " + i);
                expected.add("item " + i);
            }
            Recipes.expect("the rest is put", in.flushPuts(30, TimeUnit.SECONDS));
            Recipes.await("the rest", () -> taken.items.containsAll(expected));
        }
    },
    ID_QUEUE {
        @Override
        public void run(Recipes recipes) throws Exception {
            DistributedIdQueue<String> queue = recipes.closing(QueueBuilder
                    .builder(recipes.client(), null, TEXT, "/id-queue").buildIdQueue());
            queue.start();
            queue.put("one", "a");
            queue.put("two", "b");
            Recipes.expect("all are put", queue.flushPuts(30, TimeUnit.SECONDS));
            Recipes.equal(1, queue.remove("a"));
            Recipes.equal(0, queue.remove("a"));
        }
    },
    PRIORITY_QUEUE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            DistributedPriorityQueue<String> in = recipes.closing(QueueBuilder
                    .builder(client, null, TEXT, "/priority").buildPriorityQueue(0));
            in.start();
            for (int i = 9; i >= 0; i--) {
                in.put("" + i, i);
            }
            Recipes.expect("all are put", in.flushPuts(30, TimeUnit.SECONDS));
            Taken taken = new Taken();
            DistributedPriorityQueue<String> out = recipes.closing(QueueBuilder
                    .builder(recipes.client(), taken, TEXT, "/priority").buildPriorityQueue(0));
            out.start();
            Recipes.await("all items", () -> taken.items.size() == 10);
            Recipes.equal("0123456789", String.join("", taken.items));
        }
    },
    DELAY_QUEUE {
        @Override
        public void run(Recipes recipes) throws Exception {
            Taken taken = new Taken();
            DistributedDelayQueue<String> queue = recipes.closing(QueueBuilder
                    .builder(recipes.client(), taken, TEXT, "/delay").buildDelayQueue());
            queue.start();
            long now = System.currentTimeMillis();
            queue.put("late", now + 400);
            queue.put("soon", now + 100);
            Recipes.await("all items", () -> taken.items.size() == 2);
            Recipes.equal(List.of("soon", "late"), taken.items);
            Recipes.expect("it waited", System.currentTimeMillis() >= now + 400);
        }
    },
    SIMPLE_QUEUE {
        @Override
        public void run(Recipes recipes) throws Exception {
            var in = new SimpleDistributedQueue(recipes.client(), "/simple");
            var out = new SimpleDistributedQueue(recipes.client(), "/simple");
            Future<byte[]> waiting = recipes.spawn(() -> out.poll(30, TimeUnit.SECONDS));
            in.offer(Recipes.bytes("one"));
            Recipes.equal("one", Recipes.text(waiting.get()));
            in.offer(Recipes.bytes("two"));
            in.offer(Recipes.bytes("three"));
            Recipes.equal("two", Recipes.text(out.peek()));
            Recipes.equal("two", Recipes.text(out.take()));
            Recipes.equal("three", Recipes.text(out.remove()));
            Recipes.expect("it is empty", out.poll() == null);
        }
    };

    static final QueueSerializer<String> TEXT = new QueueSerializer<>() {
        @Override
        public byte[] serialize(String item) {
            return Recipes.bytes(item);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return Recipes.text(bytes);
        }
    };

    /** Keeps what it is given. */
    static final class Taken implements QueueConsumer<String> {
        final List<String> items = new CopyOnWriteArrayList<>();

        @Override
        public void consumeMessage(String item) {
            items.add(item);
        }

        @Override
        public void stateChanged(CuratorFramework client, ConnectionState state) {}
    }
}
