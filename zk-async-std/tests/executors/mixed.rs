//! Both clients in one program.

use futures_lite::future::zip;
use zk_async_std::{WatchMode, async_std, smol};
use zk_server::Server;

use crate::within_limit;

/// Each is awaited on the executor of the other, and one hears what the other did.
#[test]
fn clients_of_both_executors_share_a_program() {
    within_limit(|| {
        let server = Server::start().unwrap();
        let servers = server.connect_string();
        let old = ::smol::block_on(async_std::Client::connect(&servers)).unwrap();
        let new = ::async_std::task::block_on(smol::Client::connect(&servers)).unwrap();
        let mut seen = ::smol::block_on(old.watch("/", WatchMode::Recursive)).unwrap();
        let write = async { new.create("/a", "").await.unwrap() };
        let (_, change) = ::async_std::task::block_on(zip(write, seen.next()));
        assert_eq!(change.unwrap().path, "/a");
        ::smol::block_on(old.close()).unwrap();
        ::async_std::task::block_on(new.close()).unwrap();
    });
}
