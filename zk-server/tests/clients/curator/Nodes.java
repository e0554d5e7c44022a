import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.data.Stat;

/** Nodes that are there for as long as somebody wants them. */
enum Nodes implements Recipes.Recipe {
    PERSISTENT_NODE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            CuratorFramework other = recipes.client();
            PersistentNode node = recipes.closing(new PersistentNode(client, CreateMode.EPHEMERAL,
                    false, "/persistent/node", Recipes.bytes("here")));
            node.start();
            Recipes.await("the node", () -> owner(other) == session(client));
            recipes.drop(client, other);
            Recipes.equal(session(client), owner(other));
            other.delete().forPath("/persistent/node");
            Recipes.await("the node again", () -> owner(other) == session(client));
            long before = session(client);
            recipes.expire(client);
            Recipes.await("the node of the new session",
                    () -> owner(other) == session(client) && owner(other) != before);
            node.setData(Recipes.bytes("there"));
            Recipes.await("new data", () ->
                    Recipes.text(other.getData().forPath("/persistent/node")).equals("there"));
            node.close();
            Recipes.await("its end", () -> owner(other) == 0);
        }

        private long session(CuratorFramework client) throws Exception {
            return client.getZookeeperClient().getZooKeeper().getSessionId();
        }

        private long owner(CuratorFramework client) throws Exception {
            Stat stat = client.checkExists().forPath("/persistent/node");
            return stat == null ? 0 : stat.getEphemeralOwner();
        }
    },
    PERSISTENT_SEQUENTIAL_NODE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            PersistentNode node = recipes.closing(new PersistentNode(client,
                    CreateMode.EPHEMERAL_SEQUENTIAL, true, "/numbered/n-", new byte[0]));
            node.start();
            Recipes.await("the node", () -> node.getActualPath() != null);
            String before = node.getActualPath();
            recipes.expire(client);
            Recipes.await("the same name again", () -> before.equals(node.getActualPath())
                    && client.checkExists().forPath(before) != null);
        }
    },
    TTL_NODE {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            PersistentTtlNode node = recipes.closing(
                    new PersistentTtlNode(client, "/ttl-node", 1_000, new byte[0]));
            node.start();
            // The node is a container, its child has the TTL.
            Recipes.await("its child", () -> client.checkExists().forPath("/ttl-node") != null
                    && !client.getChildren().forPath("/ttl-node").isEmpty());
            node.close();
            Recipes.await("its end", () -> client.checkExists().forPath("/ttl-node") == null);
        }
    },
    CONTAINER {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework client = recipes.client();
            client.create().creatingParentContainersIfNeeded().forPath("/container/in/it");
            client.delete().forPath("/container/in/it");
            Recipes.await("the end of both", () ->
                    client.checkExists().forPath("/container") == null);
        }
    },
    GROUP_MEMBER {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework first = recipes.client();
            CuratorFramework second = recipes.client();
            GroupMember one = recipes.closing(
                    new GroupMember(first, "/group", "one", Recipes.bytes("1")));
            GroupMember two = recipes.closing(
                    new GroupMember(second, "/group", "two", Recipes.bytes("2")));
            one.start();
            two.start();
            Recipes.await("both see both", () -> one.getCurrentMembers().size() == 2
                    && two.getCurrentMembers().size() == 2);
            recipes.expire(second);
            Recipes.await("both see both", () -> one.getCurrentMembers().size() == 2
                    && two.getCurrentMembers().size() == 2);
            one.setThisData(Recipes.bytes("new"));
            Recipes.await("new data", () ->
                    Recipes.text(two.getCurrentMembers().get("one")).equals("new"));
            one.close();
            Recipes.await("one is left", () -> two.getCurrentMembers().size() == 1);
        }
    };
}
