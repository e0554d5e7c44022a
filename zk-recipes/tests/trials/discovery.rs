//! Service discovery: who is seen is who is there.

use std::time::Duration;

use zk_client::Error;
use zk_recipes::discovery::{ServiceInstance, ServiceType, Services};
use zk_sim::trial::{Actor, Story, Trouble};

pub(crate) fn stories() -> Vec<Story> {
    let story = Story::new("discovery", "/services/web", offer)
        .rival(look_on)
        .finale(nobody_offers)
        .remains(|path| path == "/services/web")
        .wants(&["registered", "updated", "unregistered"]);
    let stays = Story::new("discovery of what stays", "/services/web", offer_for_good)
        .finale(|actor: Actor| async move {
            let services = Services::<_, String>::new(&actor.client(), "/services");
            let instance = timeless("for-good").service_type(ServiceType::Static);
            services.register(&instance).await?.unregister().await?;
            nobody_offers(actor).await
        })
        .remains(|path| path.starts_with("/services/web"))
        // Who has to see to it is gone by then.
        .without(Trouble::Slept)
        .only_at_every_moment();
    vec![story, stays]
}

fn instance(actor: &Actor, payload: &str) -> ServiceInstance<String> {
    let id = format!("id-{}", actor.number());
    timeless(&id).address("10.0.0.1").payload(payload)
}

/// One that is the same each time.
fn timeless(id: &str) -> ServiceInstance<String> {
    let mut instance = ServiceInstance::new("web", id);
    instance.registration_time = 0;
    instance
}

async fn offer(actor: Actor) -> Result<(), Error> {
    let services = Services::new(&actor.client(), "/services");
    let registration = services.register(&instance(&actor, "old")).await?;
    actor.count("registered");
    actor.sleep(Duration::from_millis(100)).await;
    registration.update(&instance(&actor, "new")).await?;
    actor.count("updated");
    actor.sleep(Duration::from_millis(100)).await;
    registration.unregister().await?;
    actor.count("unregistered");
    Ok(())
}

async fn offer_for_good(actor: Actor) -> Result<(), Error> {
    let services = Services::new(&actor.client(), "/services");
    let instance = timeless("for-good").service_type(ServiceType::Static);
    let registration = services.register(&instance).await?;
    actor.sleep(Duration::from_millis(100)).await;
    registration.unregister().await
}

/// Sees nothing that was not offered.
async fn look_on(actor: Actor) -> Result<(), Error> {
    let services = Services::<_, String>::new(&actor.client(), "/services");
    let provider = services.provider("web").await?;
    for _ in 0..30 {
        for instance in provider.instances() {
            let payload = instance.payload.as_deref();
            assert!(matches!(payload, Some("old" | "new")), "{payload:?}");
            actor.count("seen");
        }
        assert_eq!(provider.choose().is_some(), !provider.instances().is_empty());
        actor.sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Once all have gone, nobody is seen; and who comes is.
async fn nobody_offers(actor: Actor) -> Result<(), Error> {
    let services = Services::<_, String>::new(&actor.client(), "/services");
    let provider = services.provider("web").await?;
    assert_eq!(provider.instances(), []);
    let mut changes = provider.changes();
    let registration = services.register(&instance(&actor, "new")).await?;
    while provider.choose().is_none() {
        changes.next().await;
    }
    registration.unregister().await?;
    while provider.choose().is_some() {
        changes.next().await;
    }
    Ok(())
}
