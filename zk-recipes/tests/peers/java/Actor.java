import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.apache.curator.framework.CuratorFramework;

/** Does one thing after the other, in a thread of its own: to Curator, that is who holds a lock. */
final class Actor {
    private final String name;
    private final CuratorFramework client;
    private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
    private final Map<String, Recipe> recipes = new HashMap<>();

    Actor(String name, CuratorFramework client) {
        this.name = name;
        this.client = client;
        Thread thread = new Thread(this::act, name);
        thread.setDaemon(true);
        thread.start();
    }

    void tell(String command) {
        commands.add(command);
    }

    private void act() {
        while (true) {
            try {
                Peer.answer((name + " ok " + obey(commands.take())).trim());
            } catch (Throwable failure) {
                Peer.answer(name + " error " + failure.toString().replace('\n', ' '));
            }
        }
    }

    private String obey(String command) throws Exception {
        String[] words = command.split(" ");
        Recipe recipe = recipes.computeIfAbsent(words[0], kind -> Recipe.named(kind, client));
        return recipe.run(words[1], Arrays.copyOfRange(words, 2, words.length));
    }
}
