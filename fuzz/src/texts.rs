//! What people write: connect strings, hosts, paths, chroots, configurations of ensembles, tickets.

use zk_proto::{
    Chroot, ConnectString, EnsembleConfig, Host, Ticket, parent_of, validate_path,
    validate_sequential_path,
};

use crate::memory::bounded;

/// Takes the whole input for each of them.
pub fn run(data: &[u8]) {
    ensemble(data);
    let Ok(text) = str::from_utf8(data) else { return };
    connect_string(text);
    ticket(text);
    let (path, other) = text.split_once('\n').unwrap_or((text, "/a/b"));
    is_judged_by_the_rules(path);
    if validate_path(path).is_ok() {
        valid_path(path);
        chroots(path, other);
    }
}

/// Written and read again, it names the same servers; none of them is impossible.
fn connect_string(text: &str) {
    let Ok(servers) = text.parse::<ConnectString>() else { return };
    assert!(!servers.hosts.is_empty());
    servers.hosts.iter().for_each(is_possible);
    assert_eq!(validate_path(&servers.chroot.server_path("/")), Ok(()));
    assert_eq!(servers.to_string().parse().as_ref(), Ok(&servers), "{servers}");
}

fn is_possible(host: &Host) {
    assert!(!host.name.is_empty() && host.port != 0, "{host}");
}

/// Whatever the configuration is, its members can be connected to.
fn ensemble(data: &[u8]) {
    bounded(data.len(), || EnsembleConfig::parse(data)).hosts().for_each(is_possible);
}

fn ticket(text: &str) {
    if let Some(ticket) = Ticket::from_secret(text) {
        assert_eq!(Ticket::from_secret(&ticket.secret()), Some(ticket));
    }
}

/// The rules of paths, one by one (`PathUtils.validatePath`).
fn is_judged_by_the_rules(path: &str) {
    let is_refused = |c| matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..);
    let follows_the_rules = path == "/"
        || path.strip_prefix('/').is_some_and(|names| {
            names.split('/').all(|name| !matches!(name, "" | "." | ".."))
                && !names.contains(is_refused)
        });
    assert_eq!(validate_path(path).is_ok(), follows_the_rules, "{path:?}");
    assert!(!follows_the_rules || validate_sequential_path(path).is_ok(), "{path:?}");
    if validate_sequential_path(path).is_ok() {
        assert_eq!(validate_path(&format!("{path}0000000001")), Ok(()), "{path:?}");
    }
}

/// What is above a valid path is valid, up to the root.
fn valid_path(path: &str) {
    let mut above = path;
    while let Some(parent) = parent_of(above) {
        assert!(parent.len() < above.len() && path.starts_with(parent));
        assert_eq!(validate_path(parent), Ok(()), "above {path:?}");
        above = parent;
    }
    assert_eq!(above, "/");
}

/// A chroot is taken off as it was put before, and put before as it was taken off.
fn chroots(path: &str, other: &str) {
    let chroot = Chroot::new(path).expect("the path is valid");
    let _ = chroot.strip(other);
    if validate_path(other).is_err() {
        return;
    }
    let whole = chroot.server_path(other);
    assert_eq!(validate_path(&whole), Ok(()));
    assert_eq!(chroot.strip(&whole), Some(other));
    assert_eq!(chroot.join(other).expect("both are valid").server_path("/"), whole);
    if let Some(own) = chroot.strip(other) {
        assert_eq!(validate_path(own), Ok(()), "{other:?} below {path:?}");
        assert_eq!(chroot.server_path(own), other);
    }
}
