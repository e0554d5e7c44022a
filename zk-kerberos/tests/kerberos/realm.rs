//! A realm of its own on this machine: a key distribution centre, its principals, their tickets.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

pub(crate) const REALM: &str = "ZK.TEST";
/// For how many seconds after its end a ticket is still taken; the clocks are one and the same, but
/// the machine may be busy.
const CLOCK_SKEW: u32 = 8;
const PASSWORD: &str = "only for a test";

/// Runs the key distribution centre until its standard input ends, as it does when this process is
/// gone; then removes its folder.
const GUARD: &str = r#"
krb5kdc -n 2>&1 &
centre=$!
read -r nothing
kill -KILL "$centre"
rm -rf -- "$1"
"#;

/// A realm that lives as long as this process.
pub(crate) struct Realm {
    folder: PathBuf,
    /// Held open: see [`GUARD`].
    _guard: (Child, ChildStdin),
}

impl Realm {
    /// A realm in which there are `principals`.
    pub(crate) fn start(principals: &[&str]) -> Self {
        let folder = TempDir::with_prefix("zk-kerberos-").unwrap().keep();
        let port = free_port();
        fs::write(folder.join("krb5.conf"), client_settings(port)).unwrap();
        fs::write(folder.join("kdc.conf"), server_settings(&folder, port)).unwrap();
        run(in_realm("kdb5_util", &folder).args(["-r", REALM, "-P", PASSWORD, "create", "-s"]));
        for principal in principals {
            administer(&folder, &format!("addprinc -randkey {principal}"));
            let keytab = keytab(&folder, principal);
            administer(&folder, &format!("ktadd -k {} {principal}", keytab.display()));
        }
        let guard = start_centre(&folder);
        Self { folder, _guard: guard }
    }

    /// The file by which programs find the realm.
    pub(crate) fn settings(&self) -> PathBuf {
        self.folder.join("krb5.conf")
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The keys of a principal.
    pub(crate) fn keytab(&self, principal: &str) -> PathBuf {
        keytab(&self.folder, principal)
    }

    /// A program that finds the realm, and this cache of tickets.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>, cache: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("KRB5_CONFIG", self.settings()).env("KRB5CCNAME", cache);
        command
    }

    /// Whether the centre gives the client of a cache a ticket for a server.
    pub(crate) fn has_ticket(&self, cache: &Path, server: &str) -> bool {
        self.program("kvno", cache).arg(server).output().unwrap().status.success()
    }

    /// Fills a cache with the ticket of a principal that lasts this long, by `kinit`'s clock.
    pub(crate) fn log_in(&self, cache: &Path, principal: &str, lifetime: &str) {
        let mut kinit = self.program("kinit", cache);
        run(kinit.args(["-l", lifetime, "-k", "-t"]).arg(self.keytab(principal)).arg(principal));
    }
}

/// For whoever uses the realm: over TCP alone, and without asking the name service for anything.
fn client_settings(port: u16) -> String {
    format!(
        "[libdefaults]
            default_realm = {REALM}
            dns_lookup_realm = false
            dns_lookup_kdc = false
            dns_canonicalize_hostname = false
            rdns = false
            udp_preference_limit = 1
            clockskew = {CLOCK_SKEW}
        [realms]
            {REALM} = {{
                kdc = 127.0.0.1:{port}
            }}
        [domain_realm]
            localhost = {REALM}
            nowhere.test = {REALM}
        "
    )
}

/// For the centre itself.
fn server_settings(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "[kdcdefaults]
            kdc_listen = \"\"
            kdc_tcp_listen = 127.0.0.1:{port}
        [realms]
            {REALM} = {{
                database_name = {folder}/principal
                key_stash_file = {folder}/stash
                acl_file = {folder}/kadm5.acl
                max_life = 1d
            }}
        [logging]
            kdc = STDERR
        "
    )
}

fn keytab(folder: &Path, principal: &str) -> PathBuf {
    folder.join(principal.replace('/', "-")).with_extension("keytab")
}

fn in_realm(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("KRB5_CONFIG", folder.join("krb5.conf"));
    command.env("KRB5_KDC_PROFILE", folder.join("kdc.conf"));
    command
}

fn administer(folder: &Path, query: &str) {
    run(in_realm("kadmin.local", folder).args(["-r", REALM, "-q", query]));
}

/// Starts the centre, and returns once it says that it listens.
fn start_centre(folder: &Path) -> (Child, ChildStdin) {
    let mut centre = in_realm("sh", folder)
        .args(["-c", GUARD, "guard"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(centre.stdout.take().unwrap()).lines().map(Result::unwrap);
    let says = lines.find(|line| line.contains("commencing operation"));
    assert!(says.is_some(), "the key distribution centre ended");
    std::thread::spawn(move || lines.for_each(drop)); // or it would wait for a reader
    let stdin = centre.stdin.take().unwrap();
    (centre, stdin)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}; is it installed?"));
    assert!(output.status.success(), "{command:?}: {output:?}");
}
