import java.util.concurrent.TimeUnit;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;

/** One of several leases. */
final class Semaphore implements Recipe {
    private final CuratorFramework client;
    private Lease held;

    Semaphore(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        if (verb.equals("release")) {
            held.close();
            return "";
        }
        var semaphore = new InterProcessSemaphoreV2(client, arguments[0],
                Integer.parseInt(arguments[1]));
        switch (verb) {
            case "acquire":
                held = semaphore.acquire();
                return held.getNodeName();
            case "attempt":
                held = semaphore.acquire(Long.parseLong(arguments[2]), TimeUnit.MILLISECONDS);
                return held == null ? "none" : held.getNodeName();
            case "contend": return contend(semaphore, arguments[2],
                    Integer.parseInt(arguments[3]));
            default: throw Recipe.unknown(verb);
        }
    }

    private String contend(InterProcessSemaphoreV2 semaphore, String log, int times)
            throws Exception {
        for (int i = 0; i < times; i++) {
            Lease lease = semaphore.acquire();
            Shared.visit(client, log, "lease");
            lease.close();
        }
        return "";
    }
}
