import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.VersionedValue;

/** A number that all see and change. */
final class Count implements Recipe {
    private final CuratorFramework client;
    private SharedCount count;

    Count(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        if (count == null) {
            count = new SharedCount(client, arguments[0], 0);
            count.start();
        }
        switch (verb) {
            case "see": return see(Integer.parseInt(arguments[1]));
            case "add": return add(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
            default: throw Recipe.unknown(verb);
        }
    }

    /** Waits until it is so. */
    private String see(int value) throws InterruptedException {
        while (count.getCount() != value) {
            Thread.sleep(5);
        }
        return "";
    }

    /** So many times. */
    private String add(int amount, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            VersionedValue<Integer> now = count.getVersionedValue();
            while (!count.trySetCount(now, now.getValue() + amount)) {
                now = count.getVersionedValue();
            }
        }
        return "";
    }
}
