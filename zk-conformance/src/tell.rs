//! How stories are told: several at a time, each in a thread of its own, none for too long.

use std::any::Any;
use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use crate::servers::end_all;
use crate::{Place, Setting, World};

/// No story takes longer, whatever hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// How many are told at a time unless the command line says otherwise: most of them wait.
const AT_A_TIME: usize = 8;

/// A list of stories, which a build script makes.
#[derive(Debug, Default)]
pub struct Stories(Vec<Story>);

struct Story {
    name: &'static str,
    is_alone: bool,
    is_at: fn(Place) -> bool,
    tell: Arc<dyn Fn(World) + Send + Sync>,
}

impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Stories {
    /// Adds one, under the name of its module and its function.
    pub fn add<S: Setting>(
        &mut self,
        name: &'static str,
        tell: impl Fn(S) + Send + Sync + 'static,
    ) {
        let tell = Arc::new(move |world| tell(S::of(world)));
        self.0.push(Story { name, is_alone: S::IS_ALONE, is_at: S::is_at, tell });
    }
}

/// Tells the stories that the command line asks for, at all places. Those that want to be alone
/// come last, one after the other.
#[must_use]
pub fn run(adapter: &str, stories: Stories) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let (alone, together): (Vec<_>, _) = stories.0.into_iter().partition(|story| story.is_alone);
    let together = libtest_mimic::run(&arguments, trials(adapter, &together));
    arguments.test_threads = Some(1);
    let alone = libtest_mimic::run(&arguments, trials(adapter, &alone));
    end_all();
    let has_failed = |conclusion: &Conclusion| conclusion.has_failed();
    if [together, alone].iter().any(has_failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn trials(adapter: &str, stories: &[Story]) -> Vec<Trial> {
    let at = |place: Place| {
        let told_there = stories.iter().filter(move |story| (story.is_at)(place));
        told_there.map(move |story| trial(adapter, place, story))
    };
    Place::ALL.into_iter().flat_map(at).collect()
}

fn trial(adapter: &str, place: Place, story: &Story) -> Trial {
    let name = format!("{adapter}/{place}/{}", story.name);
    let (story, tell) = (story.name, story.tell.clone());
    let told = move || tell(World::new(place, story));
    Trial::test(name.clone(), move || in_time(&name, told))
}

/// Fails if it takes too long. What hangs is left to itself.
fn in_time(name: &str, tell: impl FnOnce() + Send + 'static) -> Result<(), Failed> {
    let (end, ended) = channel();
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        tell();
        let _ = end.send(());
    })?;
    match ended.recv_timeout(LIMIT) {
        Err(RecvTimeoutError::Timeout) => Err(format!("hangs: {LIMIT:?} have passed").into()),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {
            thread.join().map_err(|panic| Failed::from(message(&*panic)))
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panicked")
}
