//! Secrets and data are not for logs, nor for whoever prints what the API hands out.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;
use zk_proto::{Record, digest};
use zk_tokio::wire::{Inbox, Outbox};
use zk_tokio::{
    Acl, AuthPacket, Client, Config, Create, Host, Instant, Mechanism, Multi, Permissions,
    SaslStep, SetData, WatchMode,
};

use crate::support::{Life, connect, story};
use crate::{connect_below, server};

const PASSWORD: &str = "canary-Tirili-pass";
const TOKEN: &str = "canary-Zilpzalp-token";
const DATA: &str = "canary-Piepmatz-data";

/// All that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::ErrorKind::Other)?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Logs all there is to log of this thread, for as long as the guard lives.
fn log_everything() -> (Log, impl Drop) {
    let log = Log::default();
    let writer = log.clone();
    let guard = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish()
        .set_default();
    (log, guard)
}

/// A mechanism that says its secret to a server that does not know any.
#[derive(Debug)]
struct Plain;

impl Mechanism for Plain {
    fn start(&mut self, _: &Host) -> Result<Vec<u8>, Box<str>> {
        Ok(TOKEN.into())
    }

    fn step(&mut self, _: &[u8]) -> Result<SaslStep, Box<str>> {
        Ok(SaslStep::Token(TOKEN.into()))
    }
}

#[test]
fn the_log_of_a_session_has_no_secret_and_no_data() {
    story(async {
        let (log, _guard) = log_everything();
        let mut seen = String::new();
        let zk = connect_below("canaries").await;
        let mut life = Life::of(&zk, zk.state()).await;
        zk.add_auth("digest", format!("bird:{PASSWORD}")).await.unwrap();
        zk.call(Create::new("/nest", DATA).acl(Acl::CREATOR)).await.unwrap();
        let mut watch = zk.watch("/nest", WatchMode::Persistent).await.unwrap();
        zk.set("/nest", DATA.repeat(2)).await.unwrap();
        let _ = write!(seen, "{:?}", watch.next().await);
        let outsider = connect(&format!("{}/canaries", server().connect_string())).await;
        let errors = [
            outsider.set("/nest", DATA).await.unwrap_err(),
            outsider.create("//", DATA).await.unwrap_err(),
            outsider.set("/nest", DATA.repeat(60_000)).await.unwrap_err(),
            outsider.call(Multi::new().set("/nest", DATA)).await.unwrap_err(),
            outsider.add_auth("no-such-scheme", PASSWORD).await.unwrap_err(),
        ];
        for error in errors {
            let _ = write!(seen, "{error} {error:?}");
        }
        let builder = Client::builder().sasl(Plain).auth("digest", format!("bird:{PASSWORD}"));
        let _ = write!(seen, "{builder:?}");
        let refused = builder.connect(&server().connect_string()).await.unwrap_err();
        let _ = write!(seen, "{refused} {refused:?}");

        let ticket = zk.ticket().unwrap();
        let reply = zk.get("/nest");
        let _ = write!(seen, "{ticket:?} {zk:?} {watch:?} {reply:?} {:?}", zk.stats());
        let _ = write!(seen, "{:?} {:?}", zk.states(), zk.server());
        reply.await.unwrap();
        zk.close().await.unwrap();
        life.reaches(zk_tokio::State::Closed).await;

        let log = log.text();
        assert!(log.contains("connected") && log.contains("closed"), "{log}");
        let number = u64::from_str_radix(&format!("{:x}", ticket.session_id), 16).unwrap();
        assert!(log.contains(&format!("{number:#x}")), "the log names the session: {log}");
        for text in [&log, &seen] {
            assert_has_no_canary(text, &ticket.password);
        }
    });
}

#[test]
fn printed_secrets_are_left_out() {
    let packet = AuthPacket::new("digest", PASSWORD.as_bytes());
    let auth = zk_proto::Auth::new("digest", PASSWORD.as_bytes());
    let sasl = zk_proto::Sasl(Some(TOKEN.as_bytes()));
    let any = zk_proto::AnyRequest::Auth(auth);
    let step = SaslStep::Token(TOKEN.into());
    let text = format!("{packet:?} {auth:?} {sasl:?} {any:?} {step:?}");
    assert_has_no_canary(&text, &[]);
}

/// A session with an identity, with or without SASL, at each step of its first connection.
#[test]
fn a_printed_session_has_no_secrets_on_their_way() {
    let password = [0xca; 16];
    let mut granted = Vec::new();
    zk_proto::ConnectResponse {
        protocol_version: 0,
        timeout: 10_000,
        session_id: 1,
        password: password.into(),
        read_only: Some(false),
    }
    .encode(&mut granted);
    let length = u32::try_from(granted.len()).unwrap().to_be_bytes();
    for with_sasl in [false, true] {
        let mut config = Config::new(vec![Host::new("127.0.0.1", 2181)]);
        config.auth.push(AuthPacket::new("digest", PASSWORD.as_bytes()));
        config.sasl = with_sasl.then(|| Box::new(Plain) as Box<dyn Mechanism>);
        let mut seen = format!("{config:?}");
        let mut session = zk_proto::Session::<(), ()>::new(config);
        let (mut inbox, mut outbox) =
            (Inbox::from(&[&length, &*granted].concat()[..]), Outbox::default());
        let now = Instant::ORIGIN;
        session.handle_timeout(now);
        session.handle_connected(now);
        let _ = write!(seen, "{session:?} {inbox:?}");
        session.handle_input(now, &mut inbox);
        let _ = write!(seen, "{session:?} {inbox:?} {:?}", session.ticket());
        if let Some(turn) = session.poll_turn() {
            let _ = write!(seen, "{turn:?} {session:?}");
            let taken = turn.take();
            let _ = write!(seen, "{taken:?}");
            session.handle_turn(now, taken);
        }
        assert!(session.poll_transmit(now, &mut outbox));
        let _ = write!(seen, "{session:?} {outbox:?}");
        let secret = if with_sasl { TOKEN } else { PASSWORD };
        let sent = String::from_utf8_lossy(outbox.pending());
        assert!(sent.contains(secret), "the secret is on its way");
        assert_has_no_canary(&seen, &password);
    }
}

/// The hash of a password is not the password, and whoever has it has not much; but it is for
/// those who may read the list, not for a log.
#[test]
fn a_log_has_no_hashes_either() {
    story(async {
        let (log, _guard) = log_everything();
        let zk = connect_below("hashes").await;
        let acl = [Acl::digest(Permissions::ALL, "bird", PASSWORD)];
        zk.call(Create::new("/nest", DATA).acl(&acl[..])).await.unwrap();
        zk.call(SetData::new("/nest", DATA)).await.unwrap_err();
        zk.close().await.unwrap();
        let hash = digest::identity("bird", PASSWORD).split_off("bird:".len());
        assert!(!log.text().contains(&hash));
    });
}

/// In whatever form: plain, hex with and without commas, as a list of bytes, or base64.
fn assert_has_no_canary(text: &str, session_password: &[u8]) {
    let canaries = [PASSWORD.as_bytes(), TOKEN.as_bytes(), DATA.as_bytes(), session_password];
    let folded = text.to_lowercase();
    for canary in canaries.into_iter().filter(|canary| !canary.is_empty()) {
        for form in forms(canary) {
            let form = form.to_lowercase();
            assert!(!folded.contains(&form), "{form} is in {text}");
        }
    }
}

/// How bytes can be written, each as a part that is long enough to be no accident.
fn forms(bytes: &[u8]) -> Vec<String> {
    let list = |separator: &str, write: fn(&u8) -> String| {
        bytes[..8].iter().map(write).collect::<Vec<_>>().join(separator)
    };
    let hex: fn(&u8) -> String = |byte| format!("{byte:02x}");
    let mut forms = vec![
        list("", hex),
        list(" ", hex),
        list(", ", |byte| byte.to_string()),
        list(",", |byte| byte.to_string()),
        list(", ", |byte| (*byte as i8).to_string()),
        list(", ", |byte| format!("0x{byte:02x}")),
        list("", |byte| byte.escape_ascii().to_string()),
    ];
    forms.extend((0..3).map(|skipped| base64(&bytes[skipped..skipped + 6])));
    forms
}

/// Six bytes in base64: what they look like wherever they stand at a multiple of three.
fn base64(six: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = six.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..8).rev().map(|at| DIGITS[(bits >> (6 * at)) as usize & 63] as char).collect()
}
