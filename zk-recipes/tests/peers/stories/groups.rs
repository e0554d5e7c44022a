//! Who is there.

use crate::programs::Language;
use crate::world::World;

pub(super) fn members_see_each_other(world: &World) {
    let mut members = Vec::new();
    for language in Language::with("group") {
        let actor = world.actor(*language);
        actor.ask(&format!("group join /group/one {language:?} data-of-{language:?}"));
        members.push((actor, format!("{language:?}=data-of-{language:?}")));
    }
    while let Some((one, _)) = members.last() {
        let all: Vec<_> = members.iter().map(|(_, member)| member.as_str()).collect();
        for (actor, _) in &members {
            assert_eq!(actor.ask(&format!("group members {}", all.len())), all.join(" "));
        }
        one.ask("group leave");
        members.pop();
    }
    world.wait_for_children("/group/one", 0);
}
