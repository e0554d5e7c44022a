import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;

/**
 * Uses Curator's recipes as it is told to, by lines such as {@code anna mutex acquire /path}:
 * who, which recipe, what to do with it. The README beside this folder has them all.
 */
final class Peer {
    private static final int CONNECTION_TIMEOUT_MILLIS = 10_000;

    public static void main(String[] arguments) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.newClient(arguments[0],
                Integer.parseInt(arguments[1]), CONNECTION_TIMEOUT_MILLIS,
                new RetryNTimes(5, 200));
        client.start();
        client.blockUntilConnected();
        answer("ready");
        Map<String, Actor> actors = new HashMap<>();
        BufferedReader commands = new BufferedReader(
                new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", 2);
            actors.computeIfAbsent(words[0], name -> new Actor(name, client)).tell(words[1]);
        }
        // Whoever still waits for a lock would keep it from ending.
        Runtime.getRuntime().halt(0);
    }

    static void answer(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
