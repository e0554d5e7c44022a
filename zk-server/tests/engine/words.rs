//! What is told to who opens no session.

use zk_proto::{AddWatch, Create, WatchMode};
use zk_server::{Config, Interest, Words};

use crate::world::World;

fn say(world: &mut World, member: usize, word: &str) -> String {
    let line = world.dial(member).unwrap();
    world.send_bytes(&line, word.as_bytes());
    let answer = String::from_utf8(world.take_bytes(&line)).unwrap();
    assert_eq!(world.interest(&line), Interest::Closing);
    world.hang_up(&line);
    answer
}

#[test]
fn a_server_tells_how_it_is() {
    let mut world = World::ensemble(1);
    let (mut line, session) = world.connect(0);
    world.ask(&mut line, Create::new("/a", "").ephemeral()).unwrap();
    world.ask(&mut line, AddWatch::new("/a", WatchMode::Persistent)).unwrap();
    assert_eq!(say(&mut world, 0, "ruok"), "imok");
    assert_eq!(say(&mut world, 0, "isro"), "rw");
    let server = say(&mut world, 0, "srvr");
    assert!(server.starts_with("Zookeeper version: 3.9.5-"), "{server}");
    assert!(server.ends_with("Zxid: 0x2\nMode: standalone\nNode count: 6\n"), "{server}");
    let dump = say(&mut world, 0, "dump");
    assert!(dump.contains(&format!("{:#x}:\n\t/a\n", session.id)), "{dump}");
    assert!(dump.contains("expire at Thu Jan 01 00:00:12 UTC 1970:"), "{dump}");
    assert_eq!(say(&mut world, 0, "wchs"), "1 connections watching 1 paths\nTotal watches:1\n");
    assert!(say(&mut world, 0, "cons").contains(&format!("sid={:#x},lop=ADDW", session.id)));
    assert!(say(&mut world, 0, "stat").contains("Clients:\n /127.0.0.1:40000[1](queued=0"));
    assert!(say(&mut world, 0, "mntr").contains("zk_ephemerals_count\t1\n"));
    assert!(say(&mut world, 0, "envi").contains("zookeeper.version=3.9.5-"));
    assert!(say(&mut world, 0, "conf").contains("tickTime=2000\n"));
}

#[test]
fn members_tell_who_leads_and_whether_they_serve() {
    let mut world = World::ensemble(3);
    assert!(say(&mut world, 0, "srvr").contains("Mode: leader\n"));
    assert!(say(&mut world, 1, "srvr").contains("Mode: follower\n"));
    world.engine.kill(world.now, 0);
    world.engine.kill(world.now, 1);
    assert_eq!(say(&mut world, 2, "isro"), "null");
    assert_eq!(say(&mut world, 2, "ruok"), "imok");
    let serving = "This ZooKeeper instance is not currently serving requests\n";
    assert_eq!(say(&mut world, 2, "stat"), serving);
}

#[test]
fn a_read_only_server_says_so() {
    let mut world = World::ensemble(1);
    world.engine.set_read_only(world.now, true);
    assert_eq!(say(&mut world, 0, "isro"), "ro");
    assert!(say(&mut world, 0, "srvr").contains("Mode: read-only\n"));
}

#[test]
fn words_that_are_not_allowed_are_refused_and_unknown_ones_are_no_words() {
    let mut world = World::new(Config { words: Words::only(["ruok"]), ..Config::default() });
    let refusal = "stat is not executed because it is not in the whitelist.\n";
    assert_eq!(say(&mut world, 0, "stat"), refusal);
    let refusal = "wchp is not executed because it is not in the whitelist.\n";
    assert_eq!(say(&mut world, 0, "wchp"), refusal);
    let line = world.dial(0).unwrap();
    world.send_bytes(&line, b"what");
    assert_eq!(world.interest(&line), Interest::Gone, "an impossible length");
}

#[test]
fn a_word_may_come_in_pieces() {
    let mut world = World::ensemble(1);
    let line = world.dial(0).unwrap();
    for byte in b"ruok" {
        world.send_bytes(&line, &[*byte]);
    }
    assert_eq!(world.take_bytes(&line), b"imok");
}
