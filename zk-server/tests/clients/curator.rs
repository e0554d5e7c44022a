//! Apache Curator, as Debian packages it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::server::TestServer;
use crate::{JAVA_FLAGS, program, tools};

const LIMIT: Duration = Duration::from_secs(240);

/// In `/usr/share/java`.
const JARS: [&str; 14] = [
    "curator-recipes.jar",
    "curator-framework.jar",
    "curator-client.jar",
    "curator-x-discovery.jar",
    "zookeeper.jar",
    "zookeeper-jute.jar",
    "guava.jar",
    "slf4j-api.jar",
    "slf4j-nop.jar",
    "jackson-annotations.jar",
    "jackson-core.jar",
    "jackson-databind.jar",
    "netty-all.jar",
    "commons-cli.jar",
];

#[test]
fn the_recipes_of_curator_do_what_they_should() {
    let jars = JARS.map(|jar| format!("/usr/share/java/{jar}"));
    let needed: Vec<_> = jars.iter().map(String::as_str).chain(["java", "javac"]).collect();
    if !tools::are_installed("Curator", &needed) {
        return;
    }
    let class_path = jars.join(":");
    let classes = compile(&class_path);
    let server = TestServer::start();
    let mut command = Command::new("java");
    command.args(JAVA_FLAGS.split(' '));
    command.arg("-cp").arg(format!("{}:{class_path}", classes.display()));
    command.args(["Recipes", &server.address().to_string()]);
    let told = program::run(command, "", LIMIT, |line, _| server.obey(line));
    let done = told.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(done, RECIPES, "{told}");
}

/// How many there are.
const RECIPES: usize = 41;

fn compile(class_path: &str) -> PathBuf {
    let classes = tools::scratch("curator");
    let mut compiler = Command::new("javac");
    compiler.arg("-d").arg(&classes).args(["-cp", class_path]).args(sources());
    program::run(compiler, "", LIMIT, |_, _| {});
    classes
}

fn sources() -> impl Iterator<Item = PathBuf> {
    let files = tools::here().join("curator").read_dir().unwrap();
    let is_java = |path: &PathBuf| path.extension() == Some(Path::new("java").as_os_str());
    files.map(|file| file.unwrap().path()).filter(is_java)
}
