//! Makes two modules of the stories: one for tasks, one for threads.
#![expect(clippy::unwrap_used, reason = "a build that cannot go on fails")]

#[path = "build/derive.rs"]
mod derive;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What stories share; it has none itself.
const SUPPORT: &str = "support";

fn main() {
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("stories");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    println!("cargo::rerun-if-changed={}", folder.display());
    let (mut tasks, mut threads) = (String::new(), String::new());
    let (mut async_list, mut list) = (String::new(), String::new());
    for (module, path) in modules(&folder) {
        let text = fs::read_to_string(&path).unwrap();
        let derived = derive::for_threads(&text);
        if let Some(line) = derive::left_over(&derived) {
            panic!("{}:{line}: this cannot be told without tasks", path.display());
        }
        writeln!(tasks, "#[path = {path:?}]\nmod {module};").unwrap();
        writeln!(threads, "mod {module} {{\n{derived}}}").unwrap();
        for story in derive::stories(&text).filter(|_| module != SUPPORT) {
            let name = format!("{module}::{story}");
            writeln!(async_list, "told.add({name:?}, |at| platform::tell({name}(at)));").unwrap();
            writeln!(list, "told.add({name:?}, {name});").unwrap();
        }
    }
    fs::write(out.join("tasks.rs"), tasks + &told(&async_list)).unwrap();
    fs::write(out.join("threads.rs"), threads + &told(&list)).unwrap();
}

/// The files with stories, by the names of their modules, in the order of these.
fn modules(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let rust = entries.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let named = rust.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path));
    let mut modules: Vec<_> = named.collect();
    modules.sort();
    modules
}

/// The function that hands out all stories.
fn told(list: &str) -> String {
    format!(
        "#[expect(clippy::too_many_lines, reason = \"a list\")]\n\
         fn stories() -> zk_conformance::Stories {{\n\
         let mut told = zk_conformance::Stories::default();\n{list}told\n}}\n"
    )
}
