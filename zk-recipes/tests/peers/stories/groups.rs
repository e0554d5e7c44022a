//! Who is there.

use crate::programs::Language;
use crate::world::World;

pub(super) fn members_see_each_other(world: &World) {
    let (java, python) = (world.actor(Language::Java), world.actor(Language::Python));
    java.ask("group join /group/one anna first");
    python.ask("group join /group/one bert second");
    assert_eq!(java.ask("group members 2"), "anna=first bert=second");
    assert_eq!(python.ask("group members 2"), "anna=first bert=second");
    java.ask("group leave");
    assert_eq!(python.ask("group members 1"), "bert=second");
    python.ask("group leave");
    world.wait_for_children("/group/one", 0);
}
