//! Typed values from nodes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zk_client::{Async, Client, ErrorCode, ErrorKind};
use zk_recipes::config::{Config, ConfigError, FormatError};
use zk_sim::{Cut, Fault, World};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Pool {
    size: usize,
}

fn watch(world: &mut World, zk: &Client<Async>) -> Config<Async, Pool> {
    world.run_until(Config::watch(zk, "/pool")).unwrap()
}

fn write(world: &mut World, zk: &Client<Async>, config: &Config<Async, Pool>, text: &str) {
    world.run_until(zk.set("/pool", text)).unwrap();
    world.run_until(config.sync()).unwrap();
}

#[test]
fn the_last_good_value_stays_when_a_bad_one_is_written() {
    let mut world = World::new(1);
    let zk = world.client();
    world.run_until(zk.create("/pool", r#"{"size": 1}"#)).unwrap();
    let config = watch(&mut world, &zk);
    assert_eq!(config.value().unwrap().size, 1);
    write(&mut world, &zk, &config, "{");
    assert_eq!(config.value().unwrap().size, 1);
    let error = config.present().unwrap_err();
    assert!(matches!(error, ConfigError::Invalid { version: 1, .. }), "{error}");
    write(&mut world, &zk, &config, r#"{"size": 2}"#);
    assert_eq!(config.value().unwrap().size, 2);
    assert_eq!(config.present().unwrap().version(), Some(2));
}

#[test]
fn without_a_node_there_is_a_default_or_an_error() {
    let mut world = World::new(2);
    let zk = world.client();
    let config = watch(&mut world, &zk);
    let error = config.value().unwrap_err();
    assert!(matches!(error, ConfigError::Missing { .. }), "{error}");
    let config = config.or(Pool { size: 7 });
    assert_eq!((config.value().unwrap().size, config.value().unwrap().version()), (7, None));

    world.run_until(zk.create("/pool", "nonsense")).unwrap();
    world.run_until(config.sync()).unwrap();
    assert_eq!(config.value().unwrap().size, 7);
    write(&mut world, &zk, &config, r#"{"size": 8}"#);
    assert_eq!(config.value().unwrap().size, 8);
    world.run_until(zk.delete("/pool")).unwrap();
    world.run_until(config.sync()).unwrap();
    assert_eq!(config.value().unwrap().size, 7);
}

#[test]
fn a_deleted_node_without_a_default_leaves_the_last_value() {
    let mut world = World::new(3);
    let zk = world.client();
    world.run_until(zk.create("/pool", r#"{"size": 1}"#)).unwrap();
    let config = watch(&mut world, &zk);
    assert_eq!(config.value().unwrap().size, 1);
    world.run_until(zk.delete("/pool")).unwrap();
    world.run_until(config.sync()).unwrap();
    assert!(matches!(config.present(), Err(ConfigError::Missing { .. })));
    assert_eq!(config.value().unwrap().size, 1);
}

#[test]
fn values_and_errors_are_told_one_after_the_other() {
    let mut world = World::new(4);
    let zk = world.client();
    world.run_until(zk.create("/pool", r#"{"size": 1}"#)).unwrap();
    let config = watch(&mut world, &zk);
    let mut updates = config.updates();
    assert_eq!(world.run_until(updates.next()).unwrap().unwrap().size, 1);
    assert!(updates.try_next().is_none());
    write(&mut world, &zk, &config, "{");
    assert!(world.run_until(updates.next()).unwrap().is_err());
    write(&mut world, &zk, &config, r#"{"size": 2}"#);
    write(&mut world, &zk, &config, r#"{"size": 3}"#);
    assert_eq!(world.run_until(updates.next()).unwrap().unwrap().size, 3, "the latest");
    drop(config);
    assert!(world.run_until(updates.next()).is_none());
}

#[test]
fn what_was_written_while_the_connection_was_lost_is_told() {
    let mut world = World::new(5);
    let (zk, writer) = (world.client(), world.client());
    world.run_until(writer.create("/pool", r#"{"size": 1}"#)).unwrap();
    let config = watch(&mut world, &zk);
    let mut updates = config.updates();
    assert_eq!(world.run_until(updates.next()).unwrap().unwrap().size, 1);
    world.begin(&Fault::Refuse { member: 0 });
    world.begin(&Fault::Cut { client: 0, how: Cut::Reset });
    world.run_for(Duration::from_millis(100));
    world.run_until(writer.set("/pool", r#"{"size": 2}"#)).unwrap();
    assert!(!config.is_current());
    assert_eq!(config.value().unwrap().size, 1);
    world.heal();
    assert_eq!(world.run_until(updates.next()).unwrap().unwrap().size, 2);
}

#[test]
fn who_writes_over_what_has_changed_is_refused() {
    let mut world = World::new(6);
    let zk = world.client();
    let config = watch(&mut world, &zk).or(Pool { size: 0 });
    let default = config.value().unwrap();
    world.run_until(config.write(&Pool { size: 1 }, &default)).unwrap();
    let error = world.run_until(config.write(&Pool { size: 2 }, &default)).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NodeExists));

    world.run_until(config.sync()).unwrap();
    let one = config.value().unwrap();
    world.run_until(config.write(&Pool { size: one.size + 1 }, &one)).unwrap();
    let error = world.run_until(config.write(&Pool { size: 9 }, &one)).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::BadVersion));
    world.run_until(config.overwrite(&Pool { size: 10 })).unwrap();
    world.run_until(config.sync()).unwrap();
    assert_eq!(*config.value().unwrap(), Pool { size: 10 });

    world.run_until(zk.delete("/pool")).unwrap();
    world.run_until(config.overwrite(&Pool { size: 11 })).unwrap();
    world.run_until(config.sync()).unwrap();
    assert_eq!(config.value().unwrap().into_inner().size, 11);
}

#[test]
fn each_state_is_decoded_once_and_by_who_looks() {
    let mut world = World::new(7);
    let zk = world.client();
    world.run_until(zk.create("/number", "1")).unwrap();
    let decoded = Arc::new(AtomicUsize::new(0));
    let count = decoded.clone();
    let format = (
        move |data: &[u8]| -> Result<u64, FormatError> {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(std::str::from_utf8(data)?.parse()?)
        },
        |value: &u64| -> Result<Vec<u8>, FormatError> {
            if *value == 0 { Err("zero".into()) } else { Ok(value.to_string().into()) }
        },
    );
    let config = world.run_until(Config::watch_as(&zk, "/number", format)).unwrap();
    world.run_until(zk.set("/number", "2")).unwrap();
    world.run_until(config.sync()).unwrap();
    assert_eq!(decoded.load(Ordering::Relaxed), 0);
    for _ in 0..3 {
        assert_eq!(*config.value().unwrap(), 2);
    }
    assert_eq!(decoded.load(Ordering::Relaxed), 1);
    let error = world.run_until(config.overwrite(&0)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Misuse(_)), "{error}");
}
