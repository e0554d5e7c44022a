//! Service discovery, as a recipe.

use zk_conformance::World;
use zk_recipes::discovery::{ServiceInstance, Services};

use crate::support::connect;

pub(crate) async fn who_is_registered_is_found_until_it_is_gone(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let services = Services::<_, String>::new(&zk, "/services");
    let instance = ServiceInstance::new("web", "one").address("10.0.0.1").port(80);
    let instance = instance.payload("old");
    let registration = services.register(&instance).await.unwrap();
    assert_eq!(registration.path(), "/services/web/one");

    let provider = Services::<_, String>::new(&other, "/services").provider("web").await.unwrap();
    let offer = provider.choose().unwrap();
    assert_eq!((offer.address.as_deref(), offer.port), (Some("10.0.0.1"), Some(80)));

    registration.update(&instance.payload("new")).await.unwrap();
    let data = other.get("/services/web/one").await.unwrap().data;
    assert!(data.windows(5).any(|part| part == b"\"new\""), "{data:?}");
    provider.sync().await.unwrap();
    assert_eq!(provider.choose().unwrap().payload.as_deref(), Some("new"));

    registration.unregister().await.unwrap();
    provider.sync().await.unwrap();
    assert!(provider.choose().is_none());
}
