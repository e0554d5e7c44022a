import java.util.List;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;

/** Who offers what, with a text each. */
final class Service implements Recipe {
    private final CuratorFramework client;
    private ServiceDiscovery<String> discovery;
    private ServiceInstance<String> offered;

    Service(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "register": register(arguments); return "";
            case "find": return find(arguments[0], arguments[1]);
            case "unregister": discovery.unregisterService(offered); return "";
            default: throw Recipe.unknown(verb);
        }
    }

    private void register(String... arguments) throws Exception {
        offered = ServiceInstance.<String>builder().name(arguments[1]).id(arguments[2])
                .address(arguments[3]).port(Integer.parseInt(arguments[4])).payload(arguments[5])
                .build();
        discovery(arguments[0]).registerService(offered);
    }

    private String find(String path, String name) throws Exception {
        List<String> found = discovery(path).queryForInstances(name).stream()
                .map(one -> one.getId() + "@" + one.getAddress() + ":" + one.getPort() + "="
                        + one.getPayload())
                .sorted().toList();
        return String.join(" ", found);
    }

    private ServiceDiscovery<String> discovery(String path) throws Exception {
        if (discovery == null) {
            discovery = ServiceDiscoveryBuilder.builder(String.class).client(client)
                    .basePath(path).build();
            discovery.start();
        }
        return discovery;
    }
}
