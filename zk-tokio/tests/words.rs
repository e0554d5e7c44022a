//! Four-letter words: one question to one server, without a session.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use zk_server::Server;
use zk_tokio::{
    Client, Connector, Error, ErrorKind, Host, Misuse, Outcome, Pending, Stream, Target,
};

/// No test takes longer, whatever hangs.
const LIMIT: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(100);

async fn ask(server: &str, word: &str) -> Result<String, Error> {
    let builder = Client::builder().connect_timeout(LIMIT);
    timeout(LIMIT, builder.ask(server, word)).await.unwrap()
}

/// A server that does this with one connection, after it has heard the word.
async fn server<F>(answer: impl FnOnce(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = io::Result<()>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        let mut word = [0; 4];
        client.read_exact(&mut word).await?;
        assert_eq!(&word, b"mntr");
        answer(client).await
    });
    address
}

#[tokio::test]
async fn a_server_answers_words() {
    let server = Server::start().unwrap();
    let address = server.connect_string();
    assert_eq!(ask(&address, "ruok").await.unwrap(), "imok");
    let answer = ask(&address, "srvr").await.unwrap();
    assert!(answer.contains("Mode: standalone\n"), "{answer}");
    assert_eq!(ask(&address, "isro").await.unwrap(), "rw");
    assert!(server.sessions().is_empty());
}

#[tokio::test]
async fn an_answer_may_come_in_pieces() {
    let address = server(|mut client| async move {
        for piece in ["zk_version\t3.9\n", "zk_", "uptime\t7\n"] {
            client.write_all(piece.as_bytes()).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    });
    let answer = ask(&address.await.to_string(), "mntr").await;
    assert_eq!(answer.unwrap(), "zk_version\t3.9\nzk_uptime\t7\n");
}

#[tokio::test]
async fn what_is_not_text_in_an_answer_is_replaced() {
    let address = server(|mut client| async move { client.write_all(b"a\xffb").await });
    assert_eq!(ask(&address.await.to_string(), "mntr").await.unwrap(), "a\u{fffd}b");
}

#[tokio::test]
async fn nobody_listens() {
    let error = ask("127.0.0.1:1", "ruok").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    let text = error.to_string();
    assert!(text.starts_with("no server could be reached: 127.0.0.1:1: "), "{text}");
    assert!(text.contains("refused"), "{text}");
}

#[tokio::test]
async fn the_name_does_not_resolve() {
    let error = ask("no-such-host.invalid", "ruok").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error:?}");
    let text = error.to_string();
    let start = "no server could be reached: no-such-host.invalid:2181: ";
    assert!(text.starts_with(start) && text.contains("look"), "{text}");
}

#[tokio::test]
async fn the_server_closes_without_an_answer() {
    let address = server(|client| async {
        drop(client);
        Ok(())
    })
    .await;
    let error = ask(&address.to_string(), "mntr").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unanswered(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(error.to_string(), format!("no answer: {address}: closed, perhaps it is for TLS"));
}

#[tokio::test]
async fn the_connection_breaks_in_the_midst_of_an_answer() {
    let address = server(|mut client| async move {
        client.write_all(b"zk_").await?;
        client.set_zero_linger()
    });
    let error = ask(&address.await.to_string(), "mntr").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unanswered(_)), "{error:?}");
    assert!(error.to_string().contains("reset"), "{error}");
}

#[tokio::test]
async fn the_server_does_not_end_its_answer_in_time() {
    let address = server(|mut client| async move {
        client.write_all(b"zk_").await?;
        client.read_u8().await.map(drop)
    });
    let address = address.await;
    let builder = Client::builder().connect_timeout(SOON);
    let answer = timeout(LIMIT, builder.ask(&address.to_string(), "mntr")).await.unwrap();
    let error = answer.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unanswered(_)), "{error:?}");
    let text = format!("no answer: {address}: not all of it within 100ms");
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn the_connection_does_not_come_up_in_time() {
    let builder = Client::builder().connector(Odd).connect_timeout(SOON);
    let error = timeout(LIMIT, builder.ask("192.0.2.1", "ruok")).await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error:?}");
    let text = "no server could be reached: 192.0.2.1:2181: not connected within 100ms";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let address = server(|mut client| async move {
        loop {
            client.write_all(&[b'.'; 4096]).await?;
        }
    });
    let error = ask(&address.await.to_string(), "mntr").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unanswered(_)), "{error:?}");
    assert!(error.to_string().ends_with(": more than 1048576 bytes"), "{error}");
}

/// Knows one name, which has an address where nobody is before that of the server; and connects to
/// nowhere for ever.
#[derive(Debug)]
struct Odd;

impl Connector for Odd {
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async {
            if target.address.ip().to_string() == "192.0.2.1" {
                return std::future::pending().await;
            }
            Ok(Box::new(TcpStream::connect(target.address).await?) as _)
        })
    }

    fn resolve<'a>(&'a self, host: &'a Host) -> Pending<'a, Vec<SocketAddr>> {
        Box::pin(async {
            assert_eq!(&*host.name, "zoo.invalid");
            Ok(vec![([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], host.port).into()])
        })
    }
}

#[tokio::test]
async fn the_addresses_of_a_name_are_tried_in_turn() {
    let server = Server::start().unwrap();
    let name = format!("zoo.invalid:{}", server.address().port());
    let builder = Client::builder().connector(Odd);
    assert_eq!(timeout(LIMIT, builder.ask(&name, "ruok")).await.unwrap().unwrap(), "imok");

    drop(server);
    let builder = Client::builder().connector(Odd);
    let error = timeout(LIMIT, builder.ask(&name, "ruok")).await.unwrap().unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("{name} (127.0.0.1:1): ")), "{text}");
    assert!(text.contains(&format!("; {name} (127.0.0.1:")), "{text}");
}

#[tokio::test]
async fn what_is_no_server_or_no_word_is_not_asked() {
    for (server, word) in [
        ("127.0.0.1:1", "ruokay"),
        ("127.0.0.1:1", "ru\0k"),
        ("127.0.0.1:1", ""),
        ("127.0.0.1:1,127.0.0.1:2", "ruok"),
        ("127.0.0.1:1/app", "ruok"),
        ("", "ruok"),
    ] {
        let error = ask(server, word).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Misuse(Misuse::Text(_))), "{error:?}");
        assert_eq!(error.outcome(), Outcome::NotApplied);
    }
}

#[test]
fn a_question_needs_a_runtime() {
    let error = Client::builder().ask("127.0.0.1:1", "ruok").wait().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error:?}");
}

#[test]
fn a_runtime_that_ends_leaves_nobody_waiting() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let on_it = runtime.enter();
    let reply = Client::builder().connector(Odd).connect_timeout(LIMIT).ask("192.0.2.1", "ruok");
    drop(on_it);
    drop(runtime);
    let error = reply.wait().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled(Outcome::NotApplied));
}
