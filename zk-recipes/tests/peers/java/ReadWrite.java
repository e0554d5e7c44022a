import java.util.concurrent.TimeUnit;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;

/** One side of a lock that many hold to read, and one to write. */
final class ReadWrite implements Recipe {
    private final CuratorFramework client;
    private final String side;
    private InterProcessMutex held;

    ReadWrite(CuratorFramework client, String side) {
        this.client = client;
        this.side = side;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "acquire":
                held = side(arguments[0]);
                held.acquire();
                return "";
            case "attempt":
                held = side(arguments[0]);
                return held.acquire(Long.parseLong(arguments[1]), TimeUnit.MILLISECONDS)
                        ? "" : "none";
            case "release": held.release(); return "";
            case "contend": return contend(side(arguments[0]), arguments[1],
                    Integer.parseInt(arguments[2]));
            default: throw Recipe.unknown(verb);
        }
    }

    private InterProcessMutex side(String path) {
        InterProcessReadWriteLock both = new InterProcessReadWriteLock(client, path);
        return side.equals("read") ? both.readLock() : both.writeLock();
    }

    private String contend(InterProcessMutex lock, String log, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            lock.acquire();
            Shared.visit(client, log, side);
            lock.release();
        }
        return "";
    }
}
