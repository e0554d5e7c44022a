//! Answers to four-letter words, without what differs from run to run.

/// What is compared of an answer, by the word.
const COMPARED: &[(&[u8], &[&str])] = &[
    (b"srvr", &["Mode: ", "Node count: "]),
    (b"stat", &["Mode: ", "Node count: "]),
    (b"mntr", &["zk_server_state\t", "zk_znode_count\t", "zk_ephemerals_count\t"]),
];

/// The words whose answers are compared.
pub(crate) const WORDS: &[&[u8]] = &[b"srvr", b"stat", b"mntr", b"ruok", b"isro", b"what"];

/// What does not differ in an answer to these bytes.
pub(crate) fn steady(sent: &[u8], answer: &[u8]) -> String {
    let answer = String::from_utf8_lossy(answer);
    match COMPARED.iter().find(|(word, _)| *word == sent) {
        None => answer.into_owned(),
        Some((_, beginnings)) => {
            let is_compared = |line: &&str| beginnings.iter().any(|b| line.starts_with(b));
            answer.lines().filter(is_compared).collect::<Vec<_>>().join("\n")
        }
    }
}
