//! Tests in processes of their own: the Kerberos library is told by its environment where the realm
//! and the tickets are.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, fs};

use zk_server::apache::{Options, Server};

use crate::realm::Realm;

/// For the whole of a story, and for what has to come about before it.
const LIMIT: Duration = Duration::from_secs(60);

/// Tells the process of a story that it is one, and the server's connect string.
const SERVER: &str = "ZK_KERBEROS_TEST_SERVER";

/// Whose tickets are in the cache when a story begins; the last is the one of the default client.
#[derive(Clone, Copy)]
pub(crate) enum Tickets {
    None,
    Fresh(&'static [&'static str]),
    /// They have expired.
    Stale(&'static [&'static str]),
}

/// A realm, and a server that its clients can log in to.
struct Place {
    realm: Realm,
    server: Server,
}

/// Runs the test of this name, which calls this, again and in a process of its own; there, runs
/// `test` with the server's connect string.
pub(crate) fn story<F: Future<Output = ()>>(
    name: &str,
    tickets: Tickets,
    test: impl FnOnce(String) -> F,
) {
    match env::var(SERVER) {
        Ok(server) => tell(test(server)),
        Err(_) => place().run(name, tickets),
    }
}

/// The file in which the process of a story finds its realm: its own copy.
pub(crate) fn settings() -> PathBuf {
    env::var_os("KRB5_CONFIG").unwrap().into()
}

fn tell(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(LIMIT, story).await }).expect("in time");
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let realm = Realm::start(&["zookeeper/localhost", "stranger/localhost", "alice", "bob"]);
        let server = start_server(&realm);
        Place { realm, server }
    })
}

fn start_server(realm: &Realm) -> Server {
    let jaas = realm.folder().join("jaas.conf");
    let keytab = realm.keytab("zookeeper/localhost");
    let section = format!(
        "Server {{
            com.sun.security.auth.module.Krb5LoginModule required
            useKeyTab=true keyTab=\"{}\" storeKey=true useTicketCache=false
            principal=\"zookeeper/localhost\";
        }};",
        keytab.display()
    );
    fs::write(&jaas, section).unwrap();
    let settings = realm.settings();
    let options = Options::new().jaas(&jaas);
    Server::start(&options.system_property("java.security.krb5.conf", settings.display())).unwrap()
}

impl Place {
    fn run(&self, name: &str, tickets: Tickets) {
        let folder = self.realm.folder().join(name);
        fs::create_dir(&folder).unwrap();
        let settings = folder.join("krb5.conf");
        fs::copy(self.realm.settings(), &settings).unwrap();
        let cache = format!("DIR:{}", folder.display());
        self.fill(cache.as_ref(), tickets);
        let mut story = Command::new(env::current_exe().unwrap());
        let output = story
            .args(["--exact", name, "--nocapture"])
            .env(SERVER, format!("localhost:{}", self.server.address().port()))
            .env("KRB5_CONFIG", settings)
            .env("KRB5CCNAME", cache)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains("1 passed"), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    fn fill(&self, cache: &Path, tickets: Tickets) {
        let (principals, lifetime) = match tickets {
            Tickets::None => return,
            Tickets::Fresh(principals) => (principals, "1h"),
            Tickets::Stale(principals) => (principals, "1s"),
        };
        for principal in principals {
            self.realm.log_in(cache, principal, lifetime);
        }
        let begun = Instant::now();
        let is_stale = || !self.realm.has_ticket(cache, "stranger/localhost");
        while matches!(tickets, Tickets::Stale(_)) && !is_stale() {
            assert!(begun.elapsed() < LIMIT, "a ticket for a second does not expire");
        }
    }
}
