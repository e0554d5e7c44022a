//! The examples of the adapters have the same text but for waiting, and the page that shows them
//! side by side shows what they say.

use std::fs;
use std::path::{Path, PathBuf};

const ADAPTERS: [&str; 3] = ["zk-tokio", "zk-async-std", "zk-blocking"];

const EXAMPLES: [&str; 7] = [
    "quickstart",
    "watch",
    "transaction",
    "session_resume",
    "pipeline",
    "four_letter_words",
    "tls",
];

/// What callers wait with, and how they say so.
const WAITING: [&str; 8] = [
    ".await",
    ".wait()",
    "async ",
    "Async, ",
    ".with_mode::<Async>()",
    "#[tokio::main(flavor = \"current_thread\")]",
    "#[async_std::main]",
    "#![expect(clippy::while_let_on_iterator, reason = \"the text is that of the other adapters\")]",
];

#[test]
fn examples_differ_in_nothing_but_waiting() {
    for example in EXAMPLES {
        let [tokio, others @ ..] = ADAPTERS.map(|adapter| common(adapter, example));
        assert!(tokio.len() > 400, "{example}: {tokio}");
        for other in others {
            assert_eq!(tokio, other, "{example}");
        }
    }
}

/// An example's text without what its adapter makes of it: how it waits, its name, and so how long
/// the lines are and where it stands among those that are imported.
fn common(adapter: &str, example: &str) -> String {
    let mut text = read(format!("{adapter}/examples/{example}.rs"));
    for waiting in WAITING {
        text = text.replace(waiting, "");
    }
    text = text.replace(adapter, "zk").replace(&adapter.replace('-', "_"), "zk");
    let (mut imports, rest): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with("use "));
    imports.sort_unstable();
    let dense: String = imports.into_iter().chain(rest).flat_map(str::split_whitespace).collect();
    dense.replace(",)", ")").replace(",}", "}")
}

/// Each piece of code says which files it is from, in a comment above it.
#[test]
fn the_page_shows_what_the_examples_say() {
    let page = read("docs/adapters.md".into());
    let pieces: Vec<_> = page.split("```rust\n").collect();
    for pair in pieces.windows(2) {
        let (_, sources) = pair[0].rsplit_once("<!-- ").expect("a comment that says where from");
        let (sources, between) = sources.split_once(" -->").unwrap();
        assert!(between.trim().is_empty(), "between {sources} and its code: {between}");
        let (code, _) = pair[1].split_once("```").unwrap();
        for source in sources.split(", ") {
            assert!(says(&read(source.into()), code), "{source} does not say:\n{code}");
        }
    }
    assert!(pieces.len() > 8, "the page shows {} pieces of code", pieces.len() - 1);
}

/// Whether a file has these lines, one after the other, however far they are indented.
fn says(file: &str, code: &str) -> bool {
    let (file, code) = (lines(file), lines(code));
    !code.is_empty() && file.windows(code.len()).any(|lines| lines == code)
}

/// Those of an example in a crate's docs, too; without what these hide.
fn lines(text: &str) -> Vec<&str> {
    let lines = text.lines().map(|line| line.trim_start_matches("//!").trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with("# ")).collect()
}

#[test]
fn the_page_names_the_present_version() {
    let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    let page = read("docs/adapters.md".into());
    for adapter in ADAPTERS {
        let simply = format!("`{adapter} = \"{major}.{minor}\"`");
        assert!(page.contains(&simply), "{simply}");
    }
    assert!(page.contains(&format!("version = \"{major}.{minor}\", default-features = false")));
}

/// Those who look for the page find it.
#[test]
fn the_page_is_linked() {
    assert!(read("README.md".into()).contains("(docs/adapters.md)"));
    for adapter in ADAPTERS {
        let docs = read(format!("{adapter}/src/lib.rs"));
        assert!(docs.contains("docs/adapters.md"), "{adapter}");
    }
}

fn read(path: String) -> String {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
