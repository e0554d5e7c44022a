//! Scripts and texts, made up.

use zk_fuzz::ensemble::Step as Server;
use zk_fuzz::session::Step as Client;

/// A step and its operands.
type Line = (u8, &'static [u8]);

/// Every script for everything that it can be played on.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str, Vec<u8>)> {
    let sessions =
        SESSIONS.iter().flat_map(|setting| SESSION_SCRIPTS.map(|s| ("session", setting, s)));
    let ensembles =
        ENSEMBLES.iter().flat_map(|setting| ENSEMBLE_SCRIPTS.map(|s| ("ensemble", setting, s)));
    let words = WORDS.iter().map(|word| ("server", "word", [b"\0\x02\x1e\0\x06", *word].concat()));
    let scripts = sessions.chain(ensembles).map(|(target, (name, setting), script)| {
        let lines = script.iter().flat_map(|(step, operands)| [&[*step], *operands].concat());
        (target, *name, setting.iter().copied().chain(lines).collect())
    });
    scripts.chain(words).chain([("ensemble", "flood", flood())])
}

/// A client that does not read what it watches, and one that writes and writes.
fn flood() -> Vec<u8> {
    let (_, narrow) = ENSEMBLES[2];
    let start: [Line; 5] = [
        (Server::Join as u8, &[0; 6]),
        (Server::Join as u8, &[0, 1, 0, 0, 0, 0]),
        (Server::Ask as u8, &[0, 0, 1, 0, 0, 1, 5]),
        (Server::Ask as u8, &[0, 19, 0, 1]),
        (Server::Stall as u8, &[0]),
    ];
    let write: Line = (Server::Ask as u8, &[1, 5, 1, 1, 0]);
    let lines = start.iter().chain(std::iter::repeat_n(&write, 60));
    let steps = lines.flat_map(|(step, operands)| [&[*step], *operands].concat());
    narrow.iter().copied().chain(steps).collect()
}

/// What a session is made of; see `session/config.rs`.
const SESSIONS: &[(&str, &[u8])] = &[
    ("plain", &[0, 0, 0, 0, 0, 1, 0, 0, 7, 0, 19, 0, 1, 1, 0, 1]),
    ("by-name", &[1, 0, 2, 0, 0, 1, 0, 0, 3, 0, 19, 0, 1, 2, 2, 3, 5]),
    ("read-only-will-do", &[0, 0, 0, 1, 0, 1, 0, 0, 7, 0, 19, 0, 1, 2, 0, 1, 2]),
    ("resumed-by-sasl", &[2, 0, 0, 0, 1, 0, 0, 0, 7, 0, 19, 0, 1, 1, 0, 1]),
    ("narrow", &[0, 2, 1, 0, 0, 1, 1, 1, 0, 1, 2, 1, 1, 1, 0, 1]),
];

const SESSION_SCRIPTS: [&[Line]; 4] = [
    // Requests, some of them refused, cancelled, or too late.
    &[
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Submit as u8, &[1, 1, 1, 0]),
        (Client::Submit as u8, &[2, 1, 0, 0x41, 1]),
        (Client::Submit as u8, &[4, 0, 1, 4]),
        (Client::Progress as u8, &[]),
        (Client::Cancel as u8, &[1]),
        (Client::Reply as u8, &[1, 3]),
        (Client::Pass as u8, &[0x50]),
        (Client::Close as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
    ],
    // Watches that fire, are set again, and end.
    &[
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Watch as u8, &[1, 1, 1, 0]),
        (Client::Watch as u8, &[1, 1, 1, 3]),
        (Client::Watch as u8, &[1, 1, 1, 4]),
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Notify as u8, &[3, 1, 9]),
        (Client::Break as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Notify as u8, &[2, 1, 0xff]),
        (Client::Unwatch as u8, &[1]),
        (Client::Progress as u8, &[]),
        (Client::Reply as u8, &[3, 0]),
    ],
    // A read-only server, and the search for another.
    &[
        (Client::Progress as u8, &[]),
        (Client::Grant as u8, &[0, 0, 0, 1, 0]),
        (Client::Pass as u8, &[0xc0]),
        (Client::Resolve as u8, &[3]),
        (Client::Probe as u8, &[1]),
        (Client::Pass as u8, &[0xc0]),
        (Client::Progress as u8, &[]),
        (Client::Probe as u8, &[0]),
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
    ],
    // Nobody answers; other servers; the end by the clock.
    &[
        (Client::Fail as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Progress as u8, &[]),
        (Client::Stall as u8, &[]),
        (Client::Submit as u8, &[1, 1, 1, 1]),
        (Client::Stall as u8, &[]),
        (Client::AddAuth as u8, b"\x03a:b"),
        (Client::ReplaceHosts as u8, &[1, 3, 4]),
        (Client::Frame as u8, b"\x04abcd"),
        (Client::Bytes as u8, b"\x05\0\0\0\x10x"),
        (Client::Challenge as u8, b"\x02ok"),
        (Client::Leap as u8, &[0xc4]),
        (Client::Abandon as u8, &[]),
    ],
];

/// What an ensemble is made of; see `ensemble/config.rs`.
const ENSEMBLES: &[(&str, &[u8])] = &[
    ("alone", &[0b01_1010, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ("of-three", &[0b01_1111, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]),
    ("narrow", &[0b01_0001, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]),
];

const ENSEMBLE_SCRIPTS: [&[Line]; 3] = [
    // One client: all kinds of nodes, watches, a transaction.
    &[
        (Server::Join as u8, &[0; 6]),
        (Server::Ask as u8, &[0, 1, 0, 0, 1, 5]),
        (Server::Ask as u8, &[4, 1, 1]),
        (Server::Ask as u8, &[19, 1, 1]),
        (Server::Ask as u8, &[5, 1, 1, 1]),
        (Server::Ask as u8, &[1, 5, 0, 3, 1, 5]),
        (Server::Ask as u8, &[0, 2, 0, 4, 0, 5]),
        (Server::Ask as u8, &[0, 3, 0, 5, 0, 5]),
        (Server::Ask as u8, &[13, 2, 1, 4, 0, 2, 2, 0]),
        (Server::Ask as u8, &[8, 0, 1]),
        (Server::Ask as u8, &[18, 0, 0, 2, 0, 1, 3, 1]),
        (Server::Pass as u8, &[0xc1]),
        (Server::Ask as u8, &[2, 1, 0]),
        (Server::Ask as u8, &[24, 0]),
    ],
    // Two clients of two members, of which one falls behind, and one dies.
    &[
        (Server::Join as u8, &[0; 6]),
        (Server::Join as u8, &[1, 1, 0, 0, 0, 0]),
        (Server::Ask as u8, &[0, 0, 1, 0, 1, 0, 5]),
        (Server::Lag as u8, &[0x20, 0, 1]),
        (Server::Ask as u8, &[1, 4, 1, 1]),
        (Server::Ask as u8, &[0, 5, 1, 1, 0]),
        (Server::Ask as u8, &[1, 12, 1]),
        (Server::Pass as u8, &[0x20]),
        (Server::Kill as u8, &[0]),
        (Server::Pass as u8, &[0x50]),
        (Server::Join as u8, &[1, 0, 3]),
        (Server::Resume as u8, &[0, 1, 0, 0, 0]),
        (Server::Freeze as u8, &[1]),
        (Server::Pass as u8, &[0x50]),
        (Server::Thaw as u8, &[1]),
        (Server::Restart as u8, &[0]),
        (Server::Expire as u8, &[0]),
    ],
    // Identities, quotas, read-only members, and things that go wrong.
    &[
        (Server::Join as u8, &[0; 6]),
        (Server::Ask as u8, &[20, 0, 0]),
        (Server::Ask as u8, &[0, 1, 0, 0, 1, 1]),
        (Server::Ask as u8, &[0, 9, 0, 0, 0, 5]),
        (Server::Ask as u8, &[0, 10, 0, 0, 3, 5]),
        (Server::Ask as u8, &[6, 1]),
        (Server::Ask as u8, &[15, 0, 0, 1, 0]),
        (Server::Stall as u8, &[]),
        (Server::Ask as u8, &[14, 1]),
        (Server::AddRule as u8, &[0x10, 9, 4, 1, 0]),
        (Server::Ask as u8, &[5, 1, 4, 0]),
        (Server::Stall as u8, &[]),
        (Server::Pass as u8, &[0x20]),
        (Server::ReadOnly as u8, &[1]),
        (Server::Join as u8, &[0, 0, 0, 0, 0, 1]),
        (Server::Ask as u8, &[4, 1, 1]),
        (Server::Bytes as u8, b"\x04ruok"),
        (Server::RemoveRule as u8, &[]),
        (Server::Forget as u8, &[]),
    ],
];

const WORDS: &[&[u8]] = &[
    b"ruok", b"srvr", b"stat", b"cons", b"mntr", b"isro", b"wchs", b"wchc", b"wchp", b"dump",
    b"conf", b"envi", b"crst", b"srst", b"none",
];

pub(crate) const TEXTS: &[&str] = &[
    "127.0.0.1:2181",
    "zk1,zk2:2182,[2001:db8::1]:2183/app",
    "zookeeper://zk1:2181,zk2/app/config",
    "::1",
    " zk1 , zk2 /",
    "[::1",
    "zk1:0",
    "zk1:99999/",
    "tls://zk1",
    "server.1=zk1:2888:3888:participant;0.0.0.0:2181\nversion=100000000",
    "server.2=[::1]:2888:3888:observer;[::1]:2181",
    "server.3=a:1:2|b:3:4;2181\nserver.x=\nversion=zz",
    "100001952140000-2a-0e624be08385ae8f9c56075004516260",
    "/",
    "/app/config\n/app/config/x",
    "/app\n/app2",
    "/a/./b",
    "/a//b",
    "/a/..\n/..",
    "/long/path/of/many/names/and\u{1f}more",
    "/é/鍵/...",
    "/ends/",
];
