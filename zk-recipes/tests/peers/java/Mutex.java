import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.Revoker;
import org.apache.curator.utils.ZKPaths;

/** A lock that one holds. */
final class Mutex implements Recipe {
    private final CuratorFramework client;
    private final CountDownLatch revoked = new CountDownLatch(1);
    private Named held;

    Mutex(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "acquire": return acquire(new Named(client, arguments[0]));
            case "attempt": return attempt(arguments[0], Long.parseLong(arguments[1]));
            case "revocable": return acquireRevocable(arguments[0]);
            case "asked": revoked.await(); return "";
            case "revoke": Revoker.attemptRevoke(client, arguments[0]); return "";
            case "release": held.release(); return "";
            case "contend": return contend(arguments[0], arguments[1],
                    Integer.parseInt(arguments[2]));
            default: throw Recipe.unknown(verb);
        }
    }

    private String acquire(Named mutex) throws Exception {
        mutex.acquire();
        held = mutex;
        return mutex.node();
    }

    private String attempt(String path, long millis) throws Exception {
        Named mutex = new Named(client, path);
        if (!mutex.acquire(millis, TimeUnit.MILLISECONDS)) {
            return "none";
        }
        held = mutex;
        return mutex.node();
    }

    private String acquireRevocable(String path) throws Exception {
        Named mutex = new Named(client, path);
        mutex.makeRevocable(unused -> revoked.countDown());
        return acquire(mutex);
    }

    /** Which numbers it wrote, each with the node that held the lock then. */
    private String contend(String path, String counter, int times) throws Exception {
        List<String> turns = new ArrayList<>();
        Named mutex = new Named(client, path);
        for (int i = 0; i < times; i++) {
            mutex.acquire();
            turns.add(Shared.increment(client, counter) + "=" + mutex.node());
            mutex.release();
        }
        return String.join(" ", turns);
    }

    /** Tells the name of its node. */
    private static final class Named extends InterProcessMutex {
        Named(CuratorFramework client, String path) {
            super(client, path);
        }

        String node() {
            return ZKPaths.getNodeFromPath(getLockPath());
        }
    }
}
