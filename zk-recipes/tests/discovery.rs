//! Who is chosen, and who is down.
#![cfg(feature = "json")]

use std::time::Duration;

use zk_client::{Async, ErrorKind};
use zk_recipes::discovery::{
    DownPolicy, RoundRobin, ServiceInstance, ServiceProvider, Services, Sticky,
};
use zk_sim::World;

fn chosen(provider: &ServiceProvider<Async, String>) -> Option<String> {
    provider.choose().map(|offer| offer.id.clone())
}

#[test]
fn who_fails_is_down_for_a_time_and_then_chosen_again() {
    let mut world = World::new(1);
    let zk = world.client();
    let services = Services::<_, String>::new(&zk, "/services");
    let one = world.run_until(services.register(&ServiceInstance::new("web", "a"))).unwrap();
    let other = world.run_until(services.register(&ServiceInstance::new("web", "b"))).unwrap();
    let provider = world.run_until(services.provider("web")).unwrap();
    let provider = provider
        .strategy(Sticky::new(RoundRobin::default()))
        .down_policy(DownPolicy::new(2, Duration::from_secs(10)));
    assert_eq!(chosen(&provider).as_deref(), Some("a"));
    let failed = provider.choose().unwrap();
    provider.note_error(&failed);
    assert_eq!(chosen(&provider).as_deref(), Some("a"), "one error is none");
    world.run_for(Duration::from_secs(6));
    provider.note_error(&failed);
    assert_eq!(chosen(&provider).as_deref(), Some("b"));
    assert_eq!(provider.instances().len(), 2);

    world.run_until(other.unregister()).unwrap();
    world.run_for(Duration::from_secs(1));
    assert_eq!(chosen(&provider), None, "the other one is down");
    world.run_for(Duration::from_secs(3));
    assert_eq!(chosen(&provider).as_deref(), Some("a"), "ten seconds after the first error");
    world.run_until(one.unregister()).unwrap();
}

#[test]
fn what_is_written_by_others_is_read_as_far_as_it_can_be() {
    let mut world = World::new(2);
    let zk = world.client();
    for (id, data) in [
        ("a", r#"{"name":"web","id":"a","payload":"x","weight":7}"#),
        ("b", r#"{"name":"web","id":"b","enabled":false}"#),
        ("c", "no JSON"),
        ("d", r#"{"name":"web","id":"d","payload":{"not":"a text"}}"#),
    ] {
        world.run_until(zk.create_all(&format!("/services/web/{id}"), data)).unwrap();
    }
    let services = Services::<_, String>::new(&zk, "/services");
    let provider = world.run_until(services.provider("web")).unwrap();
    let ids: Vec<_> = provider.instances().iter().map(|found| found.id.clone()).collect();
    assert_eq!(ids, ["a"]);
    let error = world.run_until(services.register(&ServiceInstance::new("a/b", "c"))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Misuse(_)), "{error}");
}
