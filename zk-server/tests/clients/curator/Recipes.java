import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;

/**
 * What programs do with Apache Curator: {@code Recipes HOST:PORT}.
 *
 * <p>Prints "ok NAME ..." for each recipe that does what it should, and ends with status 1 if one does
 * not. A line "drop" asks whoever reads it to close all connections to the server, "expire ID
 * PASSWORD" (in hexadecimal) to end that session.
 */
final class Recipes implements AutoCloseable {
    static final long DEADLINE_SECONDS = 30;

    /** A recipe, tried out with clients and threads of its own. */
    interface Recipe {
        void run(Recipes recipes) throws Exception;
    }

    private final String server;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private Recipes(String server) {
        this.server = server;
    }

    public static void main(String[] arguments) {
        int failures = 0;
        for (Class<?> room : List.of(Locks.class, Elections.class, Barriers.class, Caches.class,
                Nodes.class, Counters.class, Queues.class, Framework.class, Discovery.class)) {
            failures += runAll(room, arguments[0]);
        }
        System.exit(failures == 0 ? 0 : 1);
    }

    /** Each constant of a room is a recipe, by its name. */
    private static int runAll(Class<?> room, String server) {
        int failures = 0;
        for (Object constant : room.getEnumConstants()) {
            String name = room.getSimpleName() + "." + constant;
            long start = System.nanoTime();
            try (Recipes recipes = new Recipes(server)) {
                ((Recipe) constant).run(recipes);
                long spent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                System.out.println("ok " + name + " after " + spent + " ms");
            } catch (Throwable failure) {
                failures++;
                System.out.println("FAILED " + name);
                failure.printStackTrace(System.out);
            }
        }
        return failures;
    }

    /** A connected client; closed when the recipe is done. */
    CuratorFramework client() throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.builder()
                .connectString(server)
                .sessionTimeoutMs(10_000)
                .connectionTimeoutMs(10_000)
                .retryPolicy(new RetryNTimes(50, 100))
                .build();
        client.start();
        open.push(client);
        expect("a connection", client.blockUntilConnected(30, TimeUnit.SECONDS));
        return client;
    }

    /** Closes it when the recipe is done. */
    <T extends AutoCloseable> T closing(T closeable) {
        open.push(closeable);
        return closeable;
    }

    /** Runs it on a thread of its own. */
    <T> Future<T> spawn(Callable<T> work) {
        return threads.submit(work);
    }

    /** Runs it on {@code count} threads at once, and waits for all of them. */
    void spawnAll(int count, Recipe work) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            running.add(spawn(() -> {
                work.run(this);
                return null;
            }));
        }
        for (Future<?> one : running) {
            one.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Cuts all connections, and waits until these clients have lost theirs and have new ones. */
    void drop(CuratorFramework... clients) throws Exception {
        breakConnections("drop", List.of(ConnectionState.SUSPENDED, ConnectionState.RECONNECTED),
                clients);
    }

    /** Ends the session of a client, and waits until it has lost it and has a new one. */
    void expire(CuratorFramework client) throws Exception {
        var zooKeeper = client.getZookeeperClient().getZooKeeper();
        StringBuilder line = new StringBuilder(String.format("expire %016x ",
                zooKeeper.getSessionId()));
        for (byte part : zooKeeper.getSessionPasswd()) {
            line.append(String.format("%02x", part));
        }
        breakConnections(line.toString(),
                List.of(ConnectionState.LOST, ConnectionState.RECONNECTED), client);
    }

    private void breakConnections(String line, List<ConnectionState> states,
            CuratorFramework... clients) throws Exception {
        List<List<ConnectionState>> told = new ArrayList<>();
        for (CuratorFramework client : clients) {
            List<ConnectionState> seen = new ArrayList<>(states);
            told.add(seen);
            client.getConnectionStateListenable().addListener((unused, state) -> {
                synchronized (seen) {
                    if (!seen.isEmpty() && seen.get(0) == state) {
                        seen.remove(0);
                    }
                }
            });
        }
        System.out.println(line);
        for (List<ConnectionState> seen : told) {
            await("a new connection", () -> {
                synchronized (seen) {
                    return seen.isEmpty();
                }
            });
        }
    }

    /** Waits until something is so. */
    static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.call()) {
            expect(what + " in time", System.nanoTime() < deadline);
            Thread.sleep(5);
        }
    }

    static void expect(String what, boolean is) {
        if (!is) {
            throw new AssertionError(what);
        }
    }

    static void equal(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + ", not " + actual);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws Exception {
        threads.shutdownNow();
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (IllegalStateException closedBefore) {
                // Some recipes end by closing what they opened.
            }
        }
    }
}
