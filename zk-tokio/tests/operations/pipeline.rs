//! Many requests at once: their order, their deadlines, and giving them up.

use std::time::Duration;

use tokio::runtime::Builder as RuntimeBuilder;
use tokio::task::JoinSet;
use tokio::time::timeout;
use zk_tokio::{Client, ErrorKind, Limits, Outcome};

use crate::support::{LONG_SESSION, story};
use crate::{connect_below, server};

#[test]
fn requests_are_carried_out_in_the_order_of_their_calls() {
    story(async {
        let zk = connect_below("order").await;
        zk.create("/counter", "").await.unwrap();
        let sets: Vec<_> = (0..1_000).map(|n| zk.set("/counter", n.to_string())).collect();
        let get = zk.get("/counter");
        assert_eq!(get.await.unwrap().data, "999");
        for (n, set) in sets.into_iter().enumerate().rev() {
            assert_eq!(set.await.unwrap().version as usize, n + 1);
        }
        assert_eq!(zk.stats().connections, 1);
    });
}

#[test]
fn views_and_clones_share_one_order() {
    story(async {
        let zk = connect_below("shared-order").await;
        let (clone, view) = (zk.clone(), zk.chroot("/a"));
        let replies = [zk.create("/a", ""), view.create("/b", ""), clone.create("/a/b/c", "")];
        for reply in replies {
            reply.await.unwrap();
        }
        let deletes = [view.delete("/b/c"), clone.delete("/a/b"), zk.delete("/a")];
        for reply in deletes {
            reply.await.unwrap();
        }
    });
}

#[test]
fn a_request_whose_reply_is_dropped_before_it_was_sent_never_is() {
    story(async {
        let zk = connect_below("dropped").await;
        let before = zk.stats().bytes_sent;
        // Nothing is sent before this task waits for something.
        let dropped: Vec<_> = (0..1_000).map(|n| zk.create(&format!("/no-{n}"), "")).collect();
        drop(dropped);
        drop(zk.create_all("/no/never", ""));
        drop(zk.exists_and_watch("/no"));
        zk.create("/detached", "").detach();
        zk.create_all("/detached/all", "").detach();
        // The steps of `create_all` come after what was asked for meanwhile.
        while zk.exists("/detached/all").await.unwrap().is_none() {}
        assert_eq!(zk.children("/").await.unwrap().iter().collect::<Vec<_>>(), ["detached"]);
        assert_eq!(zk.stats().watches, 0);
        assert!(zk.stats().bytes_sent - before < 1_000);
    });
}

#[test]
fn dropping_replies_at_any_time_disturbs_nothing_else() {
    story(async {
        let zk = connect_below("dropped-later").await;
        zk.create("/kept", "").await.unwrap();
        for round in 0..50 {
            let mut replies: Vec<_> =
                (0..40).map(|n| zk.create(&format!("/{round}-{n}"), "")).collect();
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            replies.truncate(round % 7);
            assert_eq!(zk.set("/kept", "").await.unwrap().version, round as i32 + 1);
            for reply in replies {
                reply.await.unwrap();
            }
        }
        assert_eq!(zk.stats().connections, 1);
        assert_eq!(zk.stats().in_flight, 0);
    });
}

#[test]
fn a_deadline_that_passes_before_a_request_is_sent_keeps_it_from_being_sent() {
    story(async {
        let zk = connect_below("deadline").await;
        let hurried = zk.within(Duration::ZERO);
        let error = hurried.create("/never", "").await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::NotApplied));
        assert_eq!(error.to_string(), "create /never: deadline exceeded, not applied");
        assert!(error.is_retryable());
        assert!(hurried.create_all("/never/ever", "").await.is_err());
        let patient = hurried.within(LONG_SESSION).chroot("/");
        assert_eq!(patient.exists("/never").await.unwrap(), None);
    });
}

#[test]
fn a_full_queue_says_so_and_when_it_has_room() {
    story(async {
        let limits = Limits { queue_requests: 10, ..Limits::default() };
        let builder = Client::builder().session_timeout(LONG_SESSION).limits(limits);
        let zk = builder.connect(&server().connect_string()).await.unwrap();
        zk.ready().await.unwrap();
        let taken: Vec<_> = (0..10).map(|_| zk.exists("/")).collect();
        let error = zk.exists("/").await.unwrap_err();
        assert_eq!(error.to_string(), "exists /: too many requests are waiting");
        assert!(error.is_retryable());
        assert_eq!(error.outcome(), Outcome::NotApplied);
        zk.ready().await.unwrap();
        zk.exists("/").await.unwrap();
        for reply in taken {
            reply.await.unwrap();
        }
    });
}

#[test]
fn a_caller_that_waits_for_room_can_ask_for_any_number_of_things() {
    story(async {
        let limits = Limits { queue_requests: 3, window_requests: 2, ..Limits::default() };
        let builder = Client::builder().session_timeout(LONG_SESSION).limits(limits);
        let zk = builder.connect(&server().connect_string()).await.unwrap();
        zk.create("/room", "").await.unwrap();
        let mut replies = Vec::new();
        for n in 0..500 {
            zk.ready().await.unwrap();
            replies.push(zk.set("/room", n.to_string()));
        }
        for (version, reply) in (1..).zip(replies) {
            assert_eq!(reply.await.unwrap().version, version);
        }
    });
}

#[test]
fn tasks_on_several_threads_share_a_session() {
    let runtime = RuntimeBuilder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.unwrap().block_on(async {
        let zk = connect_below("threads").await;
        let mut tasks = JoinSet::new();
        for task in 0..16 {
            let zk = zk.clone();
            tasks.spawn(async move {
                for n in 0..100 {
                    let path = format!("/{task}-{n}");
                    zk.create(&path, &path).await.unwrap();
                    assert_eq!(zk.get(&path).await.unwrap().data, path);
                }
            });
        }
        timeout(LONG_SESSION, tasks.join_all()).await.unwrap();
        assert_eq!(zk.children("/").await.unwrap().len(), 1_600);
    });
}
