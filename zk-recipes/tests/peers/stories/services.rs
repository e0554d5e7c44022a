//! Who offers what.

use crate::programs::Language;
use crate::world::World;

pub(super) fn what_one_offers_another_finds(world: &World) {
    for (offerer, seeker) in Language::pairs("service") {
        let path = format!("/service/{offerer:?}-{seeker:?}");
        let (offerer, other, seeker) =
            (world.actor(offerer), world.actor(seeker), world.actor(seeker));
        offerer.ask(&format!("service register {path} shop one 10.0.0.1 80 text"));
        other.ask(&format!("service register {path} shop two 10.0.0.2 81 more"));
        let find = format!("service find {path} shop");
        assert_eq!(seeker.ask(&find), "one@10.0.0.1:80=text two@10.0.0.2:81=more");
        offerer.ask("service unregister");
        assert_eq!(seeker.ask(&find), "two@10.0.0.2:81=more");
        other.ask("service unregister");
        assert_eq!(seeker.ask(&find), "");
    }
}
