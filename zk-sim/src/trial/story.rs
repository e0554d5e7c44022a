//! What is played: programs, and what has to be true of them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use zk_client::Error;

use super::actor::Actor;
use super::scene::Scene;
use super::trouble::Trouble;

/// Programs that use something which is under test, and what has to be true whatever happens.
///
/// A story is played by [`every_moment`](super::every_moment), which disturbs the program of the
/// first client once at each of its moments, and by [`weather`](super::weather()), in which several
/// clients play it again and again while everything goes wrong.
pub struct Story {
    pub(super) name: &'static str,
    pub(super) place: &'static str,
    pub(super) program: Program,
    pub(super) rivals: Vec<Program>,
    pub(super) before: Option<Program>,
    pub(super) finale: Option<Program>,
    pub(super) tolerates: Vec<Tolerance>,
    pub(super) without: Vec<Trouble>,
    pub(super) remains: Vec<Pattern>,
    pub(super) checks: Vec<Check>,
    pub(super) wants: Vec<&'static str>,
    pub(super) clients: std::ops::Range<usize>,
    pub(super) told: Told,
    pub(super) drops: Drops,
}

/// A program: what one client does.
pub(super) type Program = Arc<dyn Fn(Actor) -> Play + Send + Sync>;
pub(super) type Play = Pin<Box<dyn Future<Output = Result<(), Error>>>>;
pub(super) type Tolerance = Arc<dyn Fn(&Trouble, &Error) -> bool + Send + Sync>;
type Pattern = Box<dyn Fn(&str) -> bool + Send + Sync>;
type Check = Box<dyn Fn(&Scene<'_>) -> Result<(), String> + Send + Sync>;

/// How a story is told by the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    InBothWays,
    OnlyAtEveryMoment,
    OnlyInWeather,
}

/// Whether programs are dropped on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drops {
    NowAndThen,
    Never,
}

impl Story {
    /// A story of a program whose nodes are at this path and below it.
    ///
    /// The program is played once per client at a time: it does one round of what is under test,
    /// such as taking a lock and giving it back, and ends.
    #[must_use]
    pub fn new<F>(
        name: &'static str,
        place: &'static str,
        program: impl Fn(Actor) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Error>> + 'static,
    {
        Self {
            name,
            place,
            program: boxed(program),
            rivals: Vec::new(),
            before: None,
            finale: None,
            tolerates: Vec::new(),
            without: Vec::new(),
            remains: Vec::new(),
            checks: Vec::new(),
            wants: Vec::new(),
            clients: 2..6,
            told: Told::InBothWays,
            drops: Drops::NowAndThen,
        }
    }

    /// Another client plays this while the program is disturbed at each of its moments. It has to
    /// end well whatever happens to the first one.
    #[must_use]
    pub fn rival<F>(mut self, program: impl Fn(Actor) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Error>> + 'static,
    {
        self.rivals.push(boxed(program));
        self
    }

    /// What somebody does first, undisturbed. The nodes that are there then are not the story's.
    #[must_use]
    pub fn before<F>(mut self, program: impl Fn(Actor) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Error>> + 'static,
    {
        self.before = Some(boxed(program));
        self
    }

    /// What a session that is new does when everything is well again and all programs have ended.
    /// It must succeed, and soon. It is the program itself if it is not said.
    #[must_use]
    pub fn finale<F>(mut self, program: impl Fn(Actor) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Error>> + 'static,
    {
        self.finale = Some(boxed(program));
        self
    }

    /// After this trouble a program may also end in this error. Without a word: never in one, but
    /// in that of a session that is over, of a deadline that has passed, or any at all if somebody
    /// has meddled with the nodes.
    #[must_use]
    pub fn tolerates(
        mut self,
        these: impl Fn(&Trouble, &Error) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.tolerates.push(Arc::new(these));
        self
    }

    /// Leaves a trouble out.
    #[must_use]
    pub fn without(mut self, trouble: Trouble) -> Self {
        self.without.push(trouble);
        self
    }

    /// The program is never dropped on its way: it is not what is under test that has to clean up
    /// after it.
    #[must_use]
    pub fn never_dropped(mut self) -> Self {
        self.drops = Drops::Never;
        self
    }

    /// Nodes that may be there in the end. Without a word: the place and its parents, and what was
    /// there before.
    #[must_use]
    pub fn remains(mut self, these: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.remains.push(Box::new(these));
        self
    }

    /// What has to be true in the end.
    #[must_use]
    pub fn check(
        mut self,
        this: impl Fn(&Scene<'_>) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.checks.push(Box::new(this));
        self
    }

    /// What has to be [counted](Actor::count) at least once by a campaign: what never happens
    /// proves nothing.
    #[must_use]
    pub fn wants(mut self, these: &[&'static str]) -> Self {
        self.wants.extend(these);
        self
    }

    /// How many clients there are in a weather: 2 to 5, if it is not said.
    #[must_use]
    pub fn clients(mut self, clients: std::ops::Range<usize>) -> Self {
        self.clients = clients;
        self
    }

    /// The command plays it only at every moment.
    #[must_use]
    pub fn only_at_every_moment(mut self) -> Self {
        self.told = Told::OnlyAtEveryMoment;
        self
    }

    /// The command plays it only in weather.
    #[must_use]
    pub fn only_in_weather(mut self) -> Self {
        self.told = Told::OnlyInWeather;
        self
    }

    /// Whether it is to be disturbed in this way.
    pub(super) fn has(&self, trouble: Trouble) -> bool {
        let is_off = self.drops == Drops::Never && trouble.drops();
        !is_off && !self.without.contains(&trouble)
    }

    /// Whether a program may end so.
    pub(super) fn allows(&self, trouble: &Trouble, is_first: bool, error: &Error) -> bool {
        trouble.explains(is_first, error)
            || self.tolerates.iter().any(|tolerates| tolerates(trouble, error))
    }

    /// Whether a node may be there in the end.
    pub(super) fn may_remain(&self, path: &str) -> bool {
        let is_above = self.place == path
            || self.place.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        is_above || self.remains.iter().any(|remains| remains(path))
    }
}

fn boxed<F>(program: impl Fn(Actor) -> F + Send + Sync + 'static) -> Program
where
    F: Future<Output = Result<(), Error>> + 'static,
{
    Arc::new(move |actor| Box::pin(program(actor)))
}

impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Story")
            .field("name", &self.name)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
