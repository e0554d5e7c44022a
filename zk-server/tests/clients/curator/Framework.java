import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.Stat;

/** The operations themselves. */
enum Framework implements Recipes.Recipe {
    OPERATIONS {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            Stat stat = new Stat();
            client.create().storingStatIn(stat).creatingParentsIfNeeded()
                    .forPath("/operations/node", Recipes.bytes("data"));
            Stat read = new Stat();
            Recipes.equal("data", Recipes.text(
                    client.getData().storingStatIn(read).forPath("/operations/node")));
            Recipes.equal(stat, read);
            Recipes.equal(1, client.setData().withVersion(0)
                    .forPath("/operations/node", Recipes.bytes("new")).getVersion());
            fails(KeeperException.Code.BADVERSION, () ->
                    client.delete().withVersion(7).forPath("/operations/node"));
            fails(KeeperException.Code.NOTEMPTY, () -> client.delete().forPath("/operations"));
            client.create().idempotent().forPath("/operations/again", Recipes.bytes("x"));
            client.create().idempotent().forPath("/operations/again", Recipes.bytes("x"));
            String path = client.create().withTtl(60_000)
                    .withMode(CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL).forPath("/operations/n-");
            Recipes.equal("/operations/n-0000000002", path);
            Recipes.equal(List.of("again", "n-0000000002", "node"), client.getChildren()
                    .storingStatIn(stat).forPath("/operations").stream().sorted().toList());
            Recipes.equal(3, stat.getNumChildren());
            client.sync().forPath("/operations");
            client.create().compressed().forPath("/operations/small", new byte[10_000]);
            Recipes.equal(10_000, client.getData().decompressed()
                    .forPath("/operations/small").length);
            client.usingNamespace("operations").create().forPath("/inside");
            Recipes.expect("in the namespace",
                    client.checkExists().forPath("/operations/inside") != null);
            client.delete().guaranteed().deletingChildrenIfNeeded().forPath("/operations");
            client.delete().quietly().forPath("/operations");
            client.getConfig().forEnsemble();
        }
    },
    TRANSACTIONS {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            var op = client.transactionOp();
            List<CuratorTransactionResult> results = client.transaction().forOperations(
                    op.create().forPath("/transaction", Recipes.bytes("a")),
                    op.create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
                            .forPath("/transaction/n-"),
                    op.check().withVersion(0).forPath("/transaction"),
                    op.setData().withVersion(0).forPath("/transaction", Recipes.bytes("b")),
                    op.delete().forPath("/transaction/n-0000000000"));
            Recipes.equal("/transaction/n-0000000000", results.get(1).getResultPath());
            Recipes.equal(1, results.get(3).getResultStat().getVersion());
            fails(KeeperException.Code.NODEEXISTS, () -> client.transaction().forOperations(
                    op.delete().forPath("/transaction"),
                    op.create().forPath("/transaction/x"),
                    op.create().forPath("/zookeeper")),
                    KeeperException.Code.NONODE);
            Recipes.equal("b", Recipes.text(client.getData().forPath("/transaction")));
        }
    },
    ACCESS_CONTROL {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework owner = recipes.client();
            CuratorFramework stranger = recipes.client();
            owner.getZookeeperClient().getZooKeeper()
                    .addAuthInfo("digest", Recipes.bytes("user:secret"));
            owner.create().withACL(ZooDefs.Ids.CREATOR_ALL_ACL).forPath("/access");
            Recipes.equal("digest",
                    owner.getACL().forPath("/access").get(0).getId().getScheme());
            fails(KeeperException.Code.NOAUTH, () -> stranger.getData().forPath("/access"));
            recipes.drop(owner, stranger);
            owner.setACL().withVersion(0)
                    .withACL(ZooDefs.Ids.READ_ACL_UNSAFE).forPath("/access");
            stranger.getData().forPath("/access");
            fails(KeeperException.Code.NOAUTH, () -> stranger.setData().forPath("/access"));
        }
    },
    BACKGROUND {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            BlockingQueue<CuratorEvent> answers = new LinkedBlockingQueue<>();
            for (int i = 0; i < 500; i++) {
                client.create().withMode(CreateMode.PERSISTENT)
                        .inBackground((unused, event) -> answers.add(event))
                        .forPath("/background" + i);
            }
            for (int i = 0; i < 500; i++) {
                CuratorEvent event = answers.poll(30, TimeUnit.SECONDS);
                Recipes.equal("/background" + i, event.getPath());
                Recipes.equal(0, event.getResultCode());
            }
        }
    },
    PROTECTED_CREATE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            client.create().forPath("/protected");
            recipes.drop(client);
            String path = client.create().withProtection()
                    .withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/protected/n-");
            Recipes.expect(path, path.contains("/_c_"));
            Recipes.equal(1, client.getChildren().forPath("/protected").size());
        }
    },
    WATCHES {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            CuratorFramework writer = recipes.client();
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            Watcher watcher = event -> note(told, event);
            client.checkExists().usingWatcher(watcher).forPath("/watches");
            client.getChildren().usingWatcher(watcher).forPath("/");
            recipes.drop(client, writer);
            writer.create().forPath("/watches");
            Recipes.equal("NodeCreated /watches", told.poll(30, TimeUnit.SECONDS));
            Recipes.equal("NodeChildrenChanged /", told.poll(30, TimeUnit.SECONDS));
            client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE)
                    .usingWatcher(watcher).forPath("/watches");
            writer.create().forPath("/watches/child");
            Recipes.equal("NodeCreated /watches/child", told.poll(30, TimeUnit.SECONDS));
            client.watchers().remove(watcher).forPath("/watches");
            Recipes.equal("PersistentWatchRemoved /watches", told.poll(30, TimeUnit.SECONDS));
            writer.delete().forPath("/watches/child");
            fails(KeeperException.Code.NOWATCHER, () ->
                    client.watchers().removeAll().forPath("/watches"));
            Recipes.expect("nothing more: " + told, told.isEmpty());
        }

        private void note(BlockingQueue<String> told, WatchedEvent event) {
            if (event.getPath() != null) {
                told.add(event.getType() + " " + event.getPath());
            }
        }
    };

    /** Something that may fail. */
    interface Call {
        void run() throws Exception;
    }

    static void fails(KeeperException.Code code, Call call, KeeperException.Code... or)
            throws Exception {
        try {
            call.run();
        } catch (KeeperException failure) {
            Recipes.expect(code + ", not " + failure.code(),
                    failure.code() == code || List.of(or).contains(failure.code()));
            return;
        }
        throw new AssertionError("it did not fail with " + code);
    }
}
