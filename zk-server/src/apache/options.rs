//! How a server is to be set up.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::Tls;

/// How servers are to be set up: what [`Server::start`](super::Server::start) and
/// [`Ensemble::start`](super::Ensemble::start) take.
///
/// [`Options::new`] is made for tests: a quick start, a short tick so that short session timeouts
/// are possible, every four-letter word, no wait for the disk, no HTTP admin server.
///
/// ```
/// use std::time::Duration;
/// use zk_server::apache::Options;
///
/// let options = Options::new()
///     .tick_time(Duration::from_millis(100))
///     .extended_types(true)
///     .superuser("super", "secret")
///     .setting("snapCount", 1000);
/// # drop(options);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) class_path: Option<OsString>,
    pub(super) heap_megabytes: u32,
    pub(super) start_limit: Duration,
    pub(super) tick_time: Duration,
    pub(super) sync_limit: Duration,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) system_properties: BTreeMap<String, String>,
    pub(super) tls: Option<Tls>,
}

impl Options {
    /// Options made for tests; each method below tells its default.
    #[must_use]
    pub fn new() -> Self {
        Self {
            class_path: None,
            heap_megabytes: 128,
            start_limit: Duration::from_secs(60),
            tick_time: Duration::from_millis(200),
            sync_limit: Duration::from_secs(3),
            settings: BTreeMap::new(),
            system_properties: BTreeMap::new(),
            tls: None,
        }
        .for_quick_start()
        .four_letter_words("*")
        .maximum_session_timeout(Duration::from_secs(40))
    }

    /// The jars to run, as `java -cp` takes them: paths with `:` between them, `folder/*` for all
    /// jars of a folder. Default: `$ZOOKEEPER_CLASSPATH`, or else Debian's jars.
    #[must_use]
    pub fn class_path(mut self, class_path: impl Into<OsString>) -> Self {
        self.class_path = Some(class_path.into());
        self
    }

    /// The most memory the server's heap may take, in megabytes. Default: 128.
    #[must_use]
    pub fn heap(mut self, megabytes: u32) -> Self {
        self.heap_megabytes = megabytes;
        self
    }

    /// How long a start, a restart or an election may take before it is an error. Default: 60 s.
    #[must_use]
    pub fn start_limit(mut self, limit: Duration) -> Self {
        self.start_limit = limit;
        self
    }

    /// The server's unit of time, in whole milliseconds: the least session timeout is two of it.
    /// Default: 200 ms.
    #[must_use]
    pub fn tick_time(mut self, tick: Duration) -> Self {
        self.tick_time = tick;
        self
    }

    /// After how long without a sign of life a leader and a follower give each other up: the time
    /// an ensemble goes on with a frozen leader. Rounded up to whole ticks. Default: 3 s.
    #[must_use]
    pub fn sync_limit(mut self, limit: Duration) -> Self {
        self.sync_limit = limit;
        self
    }

    /// The least session timeout a client can get. Default: two ticks.
    #[must_use]
    pub fn minimum_session_timeout(self, timeout: Duration) -> Self {
        self.setting("minSessionTimeout", timeout.as_millis())
    }

    /// The greatest session timeout a client can get. Default: 40 s.
    #[must_use]
    pub fn maximum_session_timeout(self, timeout: Duration) -> Self {
        self.setting("maxSessionTimeout", timeout.as_millis())
    }

    /// Whether nodes with a time to live can be made. Default: no.
    #[must_use]
    pub fn extended_types(self, enabled: bool) -> Self {
        self.setting("extendedTypesEnabled", enabled)
    }

    /// The four-letter words the server answers, with commas between them, or `*` for all.
    /// It must answer `srvr`, and for [`Ensemble::add_member`](super::Ensemble::add_member) `conf`.
    /// Default: `*`.
    #[must_use]
    pub fn four_letter_words(self, words: &str) -> Self {
        self.setting("4lw.commands.whitelist", words)
    }

    /// Whether clients can change the members of an ensemble. Default: no.
    ///
    /// Only those can who may write `/zookeeper/config`: see [`Options::superuser`].
    #[must_use]
    pub fn reconfig(self, enabled: bool) -> Self {
        self.setting("reconfigEnabled", enabled)
    }

    /// Whether a member without a leader serves clients that only read. Default: no.
    #[must_use]
    pub fn read_only_mode(self, enabled: bool) -> Self {
        self.system_property("readonlymode.enabled", enabled)
    }

    /// Whether sessions are local to a member, and made global once they make an ephemeral node.
    /// Default: no.
    #[must_use]
    pub fn local_sessions(self, enabled: bool) -> Self {
        self.setting("localSessionsEnabled", enabled)
            .setting("localSessionsUpgradingEnabled", enabled)
    }

    /// A user for whom no access control list counts, to log in with the scheme `digest`.
    /// Default: none.
    #[must_use]
    pub fn superuser(self, user: &str, password: &str) -> Self {
        let digest = zk_proto::digest::identity(user, password);
        self.setting("DigestAuthenticationProvider.superDigest", digest)
    }

    /// Serves TLS on a second port of each server. Default: none.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self.setting("serverCnxnFactory", "org.apache.zookeeper.server.NettyServerCnxnFactory")
    }

    /// Lets clients log in with SASL: `file` is the JAAS configuration, with a section `Server`.
    /// Default: none.
    #[must_use]
    pub fn jaas(self, file: &Path) -> Self {
        let provider = "org.apache.zookeeper.server.auth.SASLAuthenticationProvider";
        self.setting("authProvider.sasl", provider)
            .system_property("java.security.auth.login.config", file.display())
    }

    /// The greatest request the server takes, in bytes. Default: the server's, 1 MiB less one.
    #[must_use]
    pub fn jute_maximum_buffer(self, bytes: u32) -> Self {
        self.system_property("jute.maxbuffer", bytes)
    }

    /// How often the server looks for empty containers and for nodes whose time to live has
    /// passed. Default: the server's, 60 s.
    #[must_use]
    pub fn container_check_interval(self, interval: Duration) -> Self {
        self.system_property("znode.container.checkIntervalMs", interval.as_millis())
    }

    /// How many connections one client address may have, 0 for any number. Default: the
    /// server's, 60.
    #[must_use]
    pub fn maximum_client_connections(self, count: u32) -> Self {
        self.setting("maxClientCnxns", count)
    }

    /// Whether a request that would break a quota fails, rather than being logged. Default: no.
    #[must_use]
    pub fn enforce_quota(self, enforce: bool) -> Self {
        self.setting("enforceQuota", enforce)
    }

    /// Any other line of `zoo.cfg`, `key=value`; replaces what stood there for `key`.
    ///
    /// The server takes a key it does not know for the system property `zookeeper.` + key.
    #[must_use]
    pub fn setting(mut self, key: &str, value: impl ToString) -> Self {
        self.settings.insert(key.to_owned(), value.to_string());
        self
    }

    /// Any other Java system property, `-Dname=value`; replaces what stood there for `name`.
    #[must_use]
    pub fn system_property(mut self, name: &str, value: impl ToString) -> Self {
        self.system_properties.insert(name.to_owned(), value.to_string());
        self
    }

    /// What makes a start, an election and a write quick where no data is worth keeping.
    fn for_quick_start(self) -> Self {
        self.setting("admin.enableServer", false)
            .setting("forceSync", "no")
            .setting("preAllocSize", 64)
            .setting("cnxTimeout", 1000)
            .setting("fastleader.minNotificationInterval", 20)
            .setting("fastleader.maxNotificationInterval", 200)
            .setting("leaderConnectDelayDuringRetryMs", 20)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
