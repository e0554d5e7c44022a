import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.zookeeper.CreateMode;

/** Copies of what the server has. */
@SuppressWarnings("deprecation")
enum Caches implements Recipes.Recipe {
    CURATOR_CACHE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            CuratorFramework writer = recipes.client();
            CuratorCache cache = recipes.closing(CuratorCache.build(client, "/cache"));
            List<String> told = new CopyOnWriteArrayList<>();
            cache.listenable().addListener(CuratorCacheListener.builder()
                    .forCreates(node -> told.add("created " + node.getPath()))
                    .forChanges((old, node) -> told.add("changed " + node.getPath()))
                    .forDeletes(node -> told.add("deleted " + node.getPath()))
                    .build());
            cache.start();
            changes(recipes, writer, "/cache", () -> copy(cache), client);
            Recipes.await("all changes", () -> told.containsAll(List.of("created /cache/a",
                    "changed /cache/a", "created /cache/b/c", "deleted /cache/b/c")));
        }

        private Map<String, String> copy(CuratorCache cache) {
            Map<String, String> copy = new TreeMap<>();
            cache.stream().forEach(node -> copy.put(node.getPath(), Recipes.text(node.getData())));
            return copy;
        }
    },
    TREE_CACHE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            TreeCache cache = recipes.closing(new TreeCache(client, "/tree"));
            cache.start();
            changes(recipes, recipes.client(), "/tree", () -> {
                Map<String, String> copy = new TreeMap<>();
                copy(cache, "/tree", copy);
                return copy;
            }, client);
        }

        private void copy(TreeCache cache, String path, Map<String, String> copy) {
            ChildData node = cache.getCurrentData(path);
            if (node != null) {
                copy.put(path, Recipes.text(node.getData()));
                Map<String, ChildData> children = cache.getCurrentChildren(path);
                if (children != null) {
                    children.keySet().forEach(name -> copy(cache, path + "/" + name, copy));
                }
            }
        }
    },
    PATH_CHILDREN_CACHE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            CuratorFramework writer = recipes.client();
            writer.create().forPath("/children");
            writer.create().forPath("/children/a", Recipes.bytes("1"));
            PathChildrenCache cache =
                    recipes.closing(new PathChildrenCache(client, "/children", true));
            cache.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
            Recipes.equal("1", Recipes.text(cache.getCurrentData("/children/a").getData()));
            for (int i = 0; i < 20; i++) {
                writer.create().forPath("/children/n" + i, Recipes.bytes("" + i));
            }
            Recipes.await("all children", () -> cache.getCurrentData().size() == 21);
            recipes.drop(client, writer);
            writer.setData().forPath("/children/a", Recipes.bytes("2"));
            writer.delete().forPath("/children/n7");
            Recipes.await("the changes", () -> cache.getCurrentData().size() == 20
                    && Recipes.text(cache.getCurrentData("/children/a").getData()).equals("2"));
            recipes.expire(client);
            writer.delete().forPath("/children/n8");
            Recipes.await("the changes", () -> cache.getCurrentData().size() == 19);
        }
    },
    NODE_CACHE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            CuratorFramework writer = recipes.client();
            NodeCache cache = recipes.closing(new NodeCache(client, "/node-cache"));
            cache.start(true);
            AtomicReference<String> now = new AtomicReference<>("");
            cache.getListenable().addListener(() -> {
                ChildData node = cache.getCurrentData();
                now.set(node == null ? "gone" : Recipes.text(node.getData()));
            });
            writer.create().forPath("/node-cache", Recipes.bytes("one"));
            Recipes.await("the node", () -> now.get().equals("one"));
            recipes.drop(client, writer);
            writer.setData().forPath("/node-cache", Recipes.bytes("two"));
            Recipes.await("the change", () -> now.get().equals("two"));
            writer.delete().forPath("/node-cache");
            Recipes.await("the end", () -> now.get().equals("gone"));
        }
    },
    PERSISTENT_WATCHER {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            CuratorFramework writer = recipes.client();
            PersistentWatcher watcher =
                    recipes.closing(new PersistentWatcher(client, "/watched", true));
            List<String> told = new CopyOnWriteArrayList<>();
            watcher.getListenable().addListener(event -> {
                if (event.getPath() != null) {
                    told.add(event.getType() + " " + event.getPath());
                }
            });
            // It is set in the background.
            CountDownLatch isSet = new CountDownLatch(1);
            watcher.getResetListenable().addListener(isSet::countDown);
            watcher.start();
            Recipes.expect("the watch", isSet.await(30, TimeUnit.SECONDS));
            writer.create().creatingParentsIfNeeded().forPath("/watched/a/b");
            writer.setData().forPath("/watched/a", Recipes.bytes("x"));
            Recipes.await("all events", () -> told.size() == 4);
            recipes.drop(client, writer);
            writer.delete().deletingChildrenIfNeeded().forPath("/watched");
            Recipes.await("all events", () -> told.size() == 7);
            Recipes.equal(List.of("NodeCreated /watched", "NodeCreated /watched/a",
                    "NodeCreated /watched/a/b", "NodeDataChanged /watched/a",
                    "NodeDeleted /watched/a/b", "NodeDeleted /watched/a", "NodeDeleted /watched"),
                    told);
        }
    },
    WATCHED_EPHEMERALS {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework owner = recipes.client();
            CuratorCache cache = recipes.closing(CuratorCache.build(recipes.client(), "/owned"));
            cache.start();
            for (int i = 0; i < 5; i++) {
                PersistentNode node = recipes.closing(new PersistentNode(owner,
                        CreateMode.EPHEMERAL, false, "/owned/" + i, Recipes.bytes("" + i)));
                node.start();
            }
            Recipes.await("all nodes", () -> cache.size() == 6);
            List<String> told = new CopyOnWriteArrayList<>();
            cache.listenable().addListener(CuratorCacheListener.builder()
                    .forCreates(node -> told.add("created"))
                    .forDeletes(node -> told.add("deleted")).build());
            recipes.expire(owner);
            Recipes.await("new nodes", () -> told.size() >= 10 && cache.size() == 6);
        }
    };

    /** What the copy of a tree has now. */
    interface Copy {
        Map<String, String> get();
    }

    /** Changes a tree, connected and while connections are lost, and waits until it is copied. */
    static void changes(Recipes recipes, CuratorFramework writer, String root, Copy copy,
            CuratorFramework reader) throws Exception {
        Map<String, String> tree = new TreeMap<>();
        set(writer, tree, root, "root");
        set(writer, tree, root + "/a", "1");
        set(writer, tree, root + "/b", "2");
        set(writer, tree, root + "/b/c", "3");
        Recipes.await("a copy of " + tree, () -> copy.get().equals(tree));
        recipes.drop(reader, writer);
        set(writer, tree, root + "/a", "4");
        set(writer, tree, root + "/d", "5");
        writer.delete().forPath(root + "/b/c");
        tree.remove(root + "/b/c");
        Recipes.await("a copy of " + tree, () -> copy.get().equals(tree));
        recipes.expire(reader);
        set(writer, tree, root + "/a", "6");
        Recipes.await("a copy of " + tree, () -> copy.get().equals(tree));
    }

    private static void set(CuratorFramework writer, Map<String, String> tree, String path,
            String data) throws Exception {
        writer.create().orSetData().forPath(path, Recipes.bytes(data));
        tree.put(path, data);
    }
}
