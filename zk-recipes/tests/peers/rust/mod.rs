//! The peer that uses our recipes: this program itself, started with [`PEER`] in its environment.

mod barriers;
mod counts;
mod elections;
mod groups;
mod mutex;
mod queues;
mod read_write;
mod semaphores;
mod services;
mod shared;

use std::collections::HashMap;
use std::io::stdin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;
use std::{env, error};

use zk_blocking::Client;

use self::read_write::{ReadWrite, Side};

/// Tells this program that it is a peer.
pub(crate) const PEER: &str = "ZK_PEER";

/// What a command is answered with; a word, several, or none.
type Told = Result<String, Box<dyn error::Error>>;

/// One use of a recipe by one actor.
trait Recipe {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told;
}

/// Whether this process is one.
pub(crate) fn is_peer() -> bool {
    env::var_os(PEER).is_some()
}

/// Does what the lines of its input say, until that ends.
pub(crate) fn serve() {
    let arguments: Vec<_> = env::args().collect();
    let [_, servers, session] = arguments.as_slice() else { panic!("{arguments:?}") };
    let session = Duration::from_millis(session.parse().unwrap());
    let zk = Client::builder().session_timeout(session).connect(servers).unwrap();
    answer("ready");
    let mut actors = HashMap::new();
    for line in stdin().lines().map_while(Result::ok) {
        let (name, command) = line.split_once(' ').unwrap();
        let actor = actors.entry(name.to_owned()).or_insert_with(|| start(name, &zk));
        actor.send(command.to_owned()).unwrap();
    }
}

#[expect(clippy::print_stdout, reason = "whoever tells it what to do reads that")]
fn answer(line: &str) {
    println!("{line}");
}

/// An actor: it does one thing after the other, in a thread of its own.
fn start(name: &str, zk: &Client) -> Sender<String> {
    let (name, zk) = (name.to_owned(), zk.clone());
    let (sender, commands) = channel();
    thread::spawn(move || act(&name, &zk, &commands));
    sender
}

fn act(name: &str, zk: &Client, commands: &Receiver<String>) {
    let mut recipes = HashMap::new();
    for command in commands {
        match obey(&mut recipes, zk, &command) {
            Ok(told) => answer(&format!("{name} ok {told}")),
            Err(error) => answer(&format!("{name} error {error:?}")),
        }
    }
}

fn obey(recipes: &mut HashMap<String, Box<dyn Recipe>>, zk: &Client, command: &str) -> Told {
    let words: Vec<_> = command.split(' ').collect();
    let [kind, verb, arguments @ ..] = words.as_slice() else { return unknown(command, &[]) };
    if !recipes.contains_key(*kind) {
        recipes.insert((*kind).to_owned(), named(kind, zk)?);
    }
    recipes.get_mut(*kind).unwrap().run(verb, arguments)
}

fn named(kind: &str, zk: &Client) -> Result<Box<dyn Recipe>, Box<dyn error::Error>> {
    let zk = zk.clone();
    Ok(match kind {
        "barrier" => Box::new(barriers::Simple(zk)),
        "count" => Box::new(counts::Count::new(zk)),
        "double" => Box::new(barriers::Double::new(zk)),
        "group" => Box::new(groups::Membership::new(zk)),
        "latch" => Box::new(elections::Latch::new(zk)),
        "locking" => Box::new(queues::Locking::new(zk)),
        "mutex" => Box::new(mutex::Mutex::new(zk)),
        "priority" => Box::new(queues::Priority(zk)),
        "read" => Box::new(ReadWrite::new(zk, Side::Read)),
        "selector" => Box::new(elections::Selector::new(zk)),
        "semaphore" => Box::new(semaphores::One::new(zk)),
        "service" => Box::new(services::Service::new(zk)),
        "simple" => Box::new(queues::Simple(zk)),
        "write" => Box::new(ReadWrite::new(zk, Side::Write)),
        _ => return Err(format!("no such recipe: {kind}").into()),
    })
}

/// For a command that a recipe does not have.
fn unknown(verb: &str, arguments: &[&str]) -> Told {
    Err(format!("not a command: {verb} {arguments:?}").into())
}

/// The last part of a path.
fn node_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}
