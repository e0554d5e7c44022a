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
    println!("cargo::rerun-if-changed=build");
    let (mut tasks, mut threads) = (Root::default(), Root::default());
    for (module, path) in modules(&folder) {
        let text = fs::read_to_string(&path).unwrap();
        let derived = derive::for_threads(&text);
        if let Some(line) = derive::left_over(&derived) {
            panic!("{}:{line}: this cannot be told without tasks", path.display());
        }
        let derived_path = out.join(format!("{module}.rs"));
        fs::write(&derived_path, derived).unwrap();
        tasks.add_module(&module, &path);
        threads.add_module(&module, &derived_path);
        for story in derive::stories(&text).filter(|_| module != SUPPORT) {
            let name = format!("{module}::{story}");
            tasks.add_story(&name, &format!("|at| platform::tell({name}(at))"));
            threads.add_story(&name, &name);
        }
    }
    fs::write(out.join("tasks.rs"), tasks.text()).unwrap();
    fs::write(out.join("threads.rs"), threads.text()).unwrap();
}

/// What a test binary includes.
#[derive(Default)]
struct Root {
    modules: String,
    stories: String,
}

impl Root {
    fn add_module(&mut self, name: &str, path: &Path) {
        writeln!(self.modules, "#[path = {path:?}]\nmod {name};").unwrap();
    }

    fn add_story(&mut self, name: &str, tell: &str) {
        writeln!(self.stories, "    all.add({name:?}, {tell});").unwrap();
    }

    fn text(&self) -> String {
        let Self { modules, stories } = self;
        format!(
            "{modules}\n\
             #[expect(clippy::too_many_lines, reason = \"a list\")]\n\
             fn stories() -> zk_conformance::Stories {{\n    \
             let mut all = zk_conformance::Stories::default();\n{stories}    all\n}}\n"
        )
    }
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
