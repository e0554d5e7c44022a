import java.util.ArrayList;
import java.util.List;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.GroupMember;

/** A member, who sees the others. */
final class Group implements Recipe {
    private final CuratorFramework client;
    private GroupMember member;

    Group(CuratorFramework client) {
        this.client = client;
    }

    @Override
    public String run(String verb, String... arguments) throws Exception {
        switch (verb) {
            case "join":
                member = new GroupMember(client, arguments[0], arguments[1],
                        Recipe.bytes(arguments[2]));
                member.start();
                return "";
            case "members": return members(Integer.parseInt(arguments[0]));
            case "leave": member.close(); return "";
            default: throw Recipe.unknown(verb);
        }
    }

    /** All of them, once there are so many. */
    private String members(int count) throws InterruptedException {
        while (member.getCurrentMembers().size() != count) {
            Thread.sleep(5);
        }
        List<String> members = new ArrayList<>();
        member.getCurrentMembers().forEach((id, data) -> members.add(id + "=" + Recipe.text(data)));
        members.sort(null);
        return String.join(" ", members);
    }
}
