//! Paths that a client with a chroot must not be told.

use zk_tokio::{Client, Create, Multi};

use super::client::{PATIENT, a_client, assert_malformed, is_served_by_connection, soon};
use super::server::Server;
use super::words::Body;

/// Neither `/app` nor below it.
const OUTSIDE: [&str; 8] = ["/", "/app2", "/app2/a", "/ap", "/other/app/a", "app/a", "a", ""];

/// A server that answers all of a client's calls with this path, as the operation would have it.
fn answers_with_path(path: &'static str) -> Server {
    Server::once(move |line| {
        line.welcomes()?;
        let body = Body::nothing();
        let bodies = [
            body.clone().text(path),
            body.clone().text(path).stat(),
            body.clone().text(path),
            body.clone().length(2).text("/app/a").text(path),
            body.clone().result(1).text(path).end_of_results(),
            body.result(15).text(path).stat().end_of_results(),
        ];
        for body in bodies {
            let call = line.hears_a_call()?;
            line.answers(&call, &body.bytes)?;
        }
        line.answers_all_honestly()
    })
}

async fn view_of_app(server: &Server) -> Client {
    soon(a_client(PATIENT).connect(&format!("{}/app", server.address()))).await.unwrap()
}

#[tokio::test]
async fn a_path_outside_of_the_chroot_is_refused() {
    for path in OUTSIDE {
        let case = |what: &str| format!("{what} at {path:?}");
        let server = answers_with_path(path);
        let zk = view_of_app(&server).await;
        assert_malformed(soon(zk.create("/a", "")).await, &case("create"));
        let with_stat = zk.call(Create::new("/a", "").with_stat());
        assert_malformed(soon(with_stat).await, &case("create with stat"));
        assert_malformed(soon(zk.sync("/a")).await, &case("sync"));
        // The server finds by text, and so finds `/app2` too: those are left out.
        assert_eq!(soon(zk.ephemerals("/")).await.unwrap(), ["/a"], "{}", case("ephemerals"));
        for _ in ["create", "create with stat"] {
            let transaction = zk.call(Multi::new().create("/a", ""));
            assert_malformed(soon(transaction).await, &case("transaction"));
        }
        is_served_by_connection(1, &zk, &server, &case("what follows")).await;
    }
}

#[tokio::test]
async fn a_path_inside_of_the_chroot_is_seen_from_it() {
    let server = answers_with_path("/app/b");
    let zk = view_of_app(&server).await;
    assert_eq!(soon(zk.create("/a", "")).await.unwrap(), "/b");
    let created = soon(zk.call(Create::new("/a", "").with_stat())).await.unwrap();
    assert_eq!(created.path, "/b");
    assert_eq!(soon(zk.sync("/a")).await.unwrap(), "/b");
    assert_eq!(soon(zk.ephemerals("/")).await.unwrap(), ["/a", "/b"]);
}

/// Without a chroot, too, what is created has an absolute path.
#[tokio::test]
async fn a_created_node_without_an_absolute_path_is_refused() {
    for path in ["", "a", "a/b", "\0"] {
        let server = answers_with_path(path);
        let zk = super::client::connects(&server).await;
        assert_malformed(soon(zk.create("/a", "")).await, &format!("create at {path:?}"));
    }
}
