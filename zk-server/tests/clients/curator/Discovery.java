import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;

/** Who offers what. */
enum Discovery implements Recipes.Recipe {
    SERVICES {
        @Override
        public void run(Recipes recipes) throws Exception {
            CuratorFramework server = recipes.client();
            CuratorFramework client = recipes.client();
            ServiceDiscovery<Void> offers = discovery(recipes, server);
            ServiceDiscovery<Void> wishes = discovery(recipes, client);
            ServiceInstance<Void> first = instance(1);
            offers.registerService(first);
            offers.registerService(instance(2));
            Recipes.equal(2, wishes.queryForInstances("service").size());
            ServiceCache<Void> cache = recipes.closing(
                    wishes.serviceCacheBuilder().name("service").build());
            cache.start();
            ServiceProvider<Void> provider = recipes.closing(
                    wishes.serviceProviderBuilder().serviceName("service").build());
            provider.start();
            Recipes.expect("an instance", provider.getInstance() != null);
            recipes.expire(server);
            Recipes.await("both again", () -> cache.getInstances().size() == 2
                    && wishes.queryForInstances("service").size() == 2);
            recipes.drop(server, client);
            offers.unregisterService(first);
            Recipes.await("one is left", () -> cache.getInstances().size() == 1);
            Recipes.await("the other one", () -> provider.getInstance().getPort() == 2);
        }
    };

    private static ServiceDiscovery<Void> discovery(Recipes recipes, CuratorFramework client)
            throws Exception {
        ServiceDiscovery<Void> discovery = recipes.closing(ServiceDiscoveryBuilder
                .builder(Void.class).client(client).basePath("/discovery").build());
        discovery.start();
        return discovery;
    }

    private static ServiceInstance<Void> instance(int port) throws Exception {
        return ServiceInstance.<Void>builder().name("service").address("127.0.0.1").port(port)
                .build();
    }
}
