//! The examples do what they say, on a real server and by themselves.

#[path = "examples/alone.rs"]
mod alone;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use zk_server::apache::{Options, Server};

use alone::{example, output_of};

/// Which features to run them with.
const FEATURES: &[&str] = &[];

#[test]
fn the_examples_do_what_they_say() {
    let server = Server::start(&Options::new()).unwrap();
    let servers = server.connect_string();

    let quickstart = output_of("quickstart", &[&servers]);
    assert!(quickstart.contains("wrote version 1 of /quickstart/config"), "{quickstart}");
    assert!(quickstart.contains("saw /quickstart/config: data changed"), "{quickstart}");

    let transaction = output_of("transaction", &[&servers]);
    assert!(transaction.ends_with("/alice has 90\n/bob has 10\n"), "{transaction}");

    let session_resume = output_of("session_resume", &[&servers]);
    let sessions: Vec<_> = session_resume.lines().map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(sessions[0], sessions[1], "{session_resume}");
    assert!(session_resume.ends_with("[\"/present-0000000002\"]\n"), "{session_resume}");

    let pipeline = output_of("pipeline", &[&servers]);
    assert!(pipeline.ends_with("the last one wrote b\"1000\", version 1000\n"), "{pipeline}");

    let words = output_of("four_letter_words", &[&servers]);
    assert!(words.starts_with("ruok: imok\nsrvr: Zookeeper version: 3."), "{words}");

    let mut watch =
        example("watch").args([&servers, "/bank"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "watching /bank");
    output_of("transaction", &[&servers]);
    assert_eq!(lines.next().unwrap(), "/bank/alice: data changed");
    watch.kill().unwrap();
    watch.wait().unwrap();
}
