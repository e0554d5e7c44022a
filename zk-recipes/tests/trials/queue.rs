//! Queues: no item is lost, and none is given twice.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use zk_client::{Async, Error, ErrorCode, State, States};
use zk_recipes::queue::{AcknowledgedQueue, PriorityQueue, Queue};
use zk_sim::trial::{Actor, Scene, Story, Trouble};

pub(crate) fn stories() -> Vec<Story> {
    vec![
        fifo(),
        busy(),
        deleted(),
        waiting(),
        priority(),
        acknowledged(),
        busy_acknowledged(),
        claim_deleted(),
    ]
}

/// What was put, and what was taken.
#[derive(Default)]
struct Book {
    last: u64,
    /// Known to be in the queue.
    put: BTreeSet<u64>,
    taken: BTreeMap<u64, u32>,
    /// How many may have been taken without anybody having them, as was told.
    unknown: usize,
    /// The sessions of those who gave up while they were taking one.
    abandoned: Vec<States<Async>>,
}

impl Book {
    fn take(&mut self, text: &[u8]) -> u64 {
        let text = std::str::from_utf8(text).unwrap_or_default();
        let number = text.split(' ').next_back().and_then(|number| number.parse().ok());
        let number = number.unwrap_or(0);
        *self.taken.entry(number).or_default() += 1;
        number
    }

    /// A taker who has gone cannot put an item back when its session is over.
    fn excused(&mut self) -> usize {
        let is_over = |states: &mut States<Async>| {
            std::iter::from_fn(|| states.try_next()).any(State::is_over)
        };
        self.unknown
            + self.abandoned.iter_mut().filter_map(|states| is_over(states).then_some(())).count()
    }

    fn check(scene: &Scene<'_>) -> Result<(), String> {
        let book = scene.shared::<Self>();
        let mut book = book.borrow_mut();
        let twice: Vec<_> = book.taken.iter().filter(|(_, times)| **times > 1).collect();
        if !twice.is_empty() {
            return Err(format!("taken twice: {twice:?}"));
        }
        let lost = book.put.iter().filter(|number| !book.taken.contains_key(number));
        let lost: Vec<_> = lost.copied().collect();
        let excused = book.excused();
        if lost.len() > excused {
            return Err(format!("lost: {lost:?}, of which {excused} may be"));
        }
        let left: Vec<_> = scene.tree().walk("/q").map(|(path, _)| path).collect();
        let items = left.iter().filter(|path| path.contains("qn-") || path.contains("queue-"));
        match items.count() {
            0 => Ok(()),
            count => Err(format!("{count} items are left")),
        }
    }
}

fn number(actor: &Actor, book: &Rc<RefCell<Book>>) -> (u64, String) {
    let mut book = book.borrow_mut();
    book.last += 1;
    (book.last, format!("{} {}", actor.number(), book.last))
}

/// Says in the book that somebody is taking, for as long as it lives.
struct Taking {
    book: Rc<RefCell<Book>>,
    states: Option<States<Async>>,
}

impl Taking {
    fn new(actor: &Actor) -> Self {
        Self { book: actor.shared(), states: Some(actor.client().states()) }
    }

    fn has_ended<T>(mut self, result: Result<T, Error>) -> Result<T, Error> {
        self.states = None;
        if result.as_ref().is_err_and(Error::is_session_over) {
            self.book.borrow_mut().unknown += 1;
        }
        result
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.book.borrow_mut().abandoned.extend(self.states.take());
    }
}

async fn put(actor: &Actor) -> Result<(), Error> {
    let book = actor.shared::<Book>();
    let (number, text) = number(actor, &book);
    Queue::new(&actor.client(), "/q").put(text).await?;
    book.borrow_mut().put.insert(number);
    actor.count("put");
    Ok(())
}

async fn take(actor: &Actor) -> Result<(), Error> {
    let taking = Taking::new(actor);
    let item = Queue::new(&actor.client(), "/q").take().await;
    let item = taking.has_ended(item)?;
    actor.shared::<Book>().borrow_mut().take(&item);
    actor.count("taken");
    Ok(())
}

fn fifo() -> Story {
    Story::new("queue", "/q", put_and_take)
        .rival(put_and_take)
        .finale(drain)
        .remains(is_of_the_queue)
        // Who waits for an item that somebody has deleted waits for ever.
        .without(Trouble::TreeDeleted)
        .check(Book::check)
        .only_at_every_moment()
}

fn is_of_the_queue(path: &str) -> bool {
    let is_item = |parent| path.strip_prefix(parent).is_some_and(|name| !name.contains('/'));
    is_item("/q/qn-")
        || is_item("/q/queue-")
        || ["/q-claims", "/q-locks", "/q-line"].contains(&path)
}

async fn put_and_take(actor: Actor) -> Result<(), Error> {
    put(&actor).await?;
    take(&actor).await
}

/// Some put more than they take, some less, and who waits for too long gives up.
fn busy() -> Story {
    Story::new("busy queue", "/q", |actor: Actor| async move {
        if actor.random(2) == 0 {
            put(&actor).await?;
        }
        for _ in 0..actor.random(4) {
            let patience = Duration::from_millis(actor.random(10_000));
            match actor.at_most(patience, take(&actor)).await {
                Some(result) => result?,
                None => actor.count("gave up"),
            }
        }
        Ok(())
    })
    .finale(drain)
    .remains(is_of_the_queue)
    .check(Book::check)
    .wants(&["put", "taken", "gave up"])
    .only_in_weather()
}

/// Takes all, which come in the order in which each client has put its own.
async fn drain(actor: Actor) -> Result<(), Error> {
    let book = actor.shared::<Book>();
    let queue = Queue::new(&actor.client(), "/q");
    let mut last = BTreeMap::new();
    assert_eq!(queue.peek().await?.is_some(), queue.len().await? > 0);
    while let Some(item) = queue.try_take().await? {
        let text = String::from_utf8_lossy(&item).into_owned();
        let number = book.borrow_mut().take(&item);
        let client = text.split(' ').next().unwrap_or_default().to_owned();
        let before = last.insert(client, number);
        assert!(before.is_none_or(|before| before < number), "{before:?} before {text}");
        actor.count("drained");
    }
    assert_eq!(queue.len().await?, 0);
    Ok(())
}

/// The same where somebody deletes all of it.
fn deleted() -> Story {
    Story::new("queue deleted", "/q", put_and_try)
        .rival(put_and_try)
        .finale(drain)
        .remains(is_of_the_queue)
        .only_at_every_moment()
}

async fn put_and_try(actor: Actor) -> Result<(), Error> {
    put(&actor).await?;
    Queue::new(&actor.client(), "/q").try_take().await.map(drop)
}

/// One waits for what another one puts.
fn waiting() -> Story {
    Story::new("queue awaited", "/q", |actor: Actor| async move { take(&actor).await })
        .rival(|actor: Actor| async move { take(&actor).await })
        .rival(|actor: Actor| async move {
            for _ in 0..3 {
                actor.sleep(Duration::from_millis(200)).await;
                put(&actor).await?;
            }
            Ok(())
        })
        .finale(drain)
        .remains(is_of_the_queue)
        .without(Trouble::TreeDeleted)
        .check(Book::check)
        .only_at_every_moment()
}

/// What is urgent overtakes; of one item that was taken at once, nobody knows.
fn priority() -> Story {
    Story::new("priority queue", "/q", put_and_take_by_priority)
        .rival(put_and_take_by_priority)
        .finale(drain_by_priority)
        .remains(is_of_the_queue)
        .without(Trouble::TreeDeleted)
        .check(Book::check)
        .only_at_every_moment()
}

async fn put_and_take_by_priority(actor: Actor) -> Result<(), Error> {
    let book = actor.shared::<Book>();
    let ((one, one_text), (other, other_text)) = (number(&actor, &book), number(&actor, &book));
    let queue = PriorityQueue::new(&actor.client(), "/q");
    queue.put_many([(9, one_text), (-9, other_text)]).await?;
    book.borrow_mut().put.extend([one, other]);
    for _ in 0..2 {
        let taking = Taking::new(&actor);
        let item = PriorityQueue::new(&actor.client(), "/q").take().await;
        let item = taking.has_ended(item)?;
        book.borrow_mut().take(&item);
        actor.count("taken");
    }
    Ok(())
}

async fn drain_by_priority(actor: Actor) -> Result<(), Error> {
    let book = actor.shared::<Book>();
    let queue = PriorityQueue::new(&actor.client(), "/q");
    while let Some(item) = queue.try_take().await? {
        book.borrow_mut().take(&item);
    }
    Ok(())
}

/// What was worked on, and what was acknowledged.
#[derive(Default)]
struct Work {
    last: u64,
    put: BTreeSet<u64>,
    begun: BTreeSet<u64>,
    done: BTreeMap<u64, u32>,
}

impl Work {
    fn check(scene: &Scene<'_>) -> Result<(), String> {
        let work = scene.shared::<Self>();
        let work = work.borrow();
        let lost: Vec<_> = work.put.difference(&work.begun).collect();
        let twice: Vec<_> = work.done.iter().filter(|(_, times)| **times > 1).collect();
        let left = scene.tree().walk("/q").filter(|(path, _)| path.contains("entry-")).count();
        if lost.is_empty() && twice.is_empty() && left == 0 {
            return Ok(());
        }
        Err(format!("lost: {lost:?}, acknowledged twice: {twice:?}, left: {left}"))
    }
}

fn acknowledged() -> Story {
    Story::new("acknowledged queue", "/q", put_and_work)
        .rival(put_and_work)
        .finale(work_off)
        .remains(is_of_the_acknowledged_queue)
        .without(Trouble::TreeDeleted)
        // Somebody else may have the item then; see below.
        .without(Trouble::OwnDeleted)
        .check(Work::check)
        .only_at_every_moment()
}

fn busy_acknowledged() -> Story {
    Story::new("busy acknowledged queue", "/q", |actor: Actor| async move {
        if actor.random(2) == 0 {
            put_work(&actor).await?;
        }
        for _ in 0..actor.random(4) {
            let patience = Duration::from_millis(actor.random(10_000));
            match actor.at_most(patience, take_and_work(&actor)).await {
                Some(result) => result?,
                None => actor.count("gave up"),
            }
        }
        Ok(())
    })
    .finale(work_off)
    .remains(is_of_the_acknowledged_queue)
    .check(Work::check)
    .wants(&["acknowledged", "given back", "gave up"])
    .only_in_weather()
}

fn claim_deleted() -> Story {
    Story::new("acknowledged queue deleted", "/q", put_and_try_to_work)
        .rival(put_and_try_to_work)
        .finale(|actor| async move { work(&actor, false).await.map(drop) })
        // Two have the item then, and the second who is done with it is told.
        .tolerates(|trouble, error| {
            *trouble == Trouble::OwnDeleted && error.code() == Some(ErrorCode::NoNode)
        })
        .remains(is_of_the_acknowledged_queue)
        .only_at_every_moment()
}

fn is_of_the_acknowledged_queue(path: &str) -> bool {
    let is_item = |parent| path.strip_prefix(parent).is_some_and(|name| !name.contains('/'));
    is_item("/q/entries/entry-") || ["/q/entries", "/q/taken", "/q/line"].contains(&path)
}

async fn put_work(actor: &Actor) -> Result<(), Error> {
    let work = actor.shared::<Work>();
    let number = {
        let mut work = work.borrow_mut();
        work.last += 1;
        work.last
    };
    AcknowledgedQueue::new(&actor.client(), "/q").put(number.to_string()).await?;
    work.borrow_mut().put.insert(number);
    Ok(())
}

async fn put_and_work(actor: Actor) -> Result<(), Error> {
    put_work(&actor).await?;
    take_and_work(&actor).await
}

async fn take_and_work(actor: &Actor) -> Result<(), Error> {
    let queue = AcknowledgedQueue::new(&actor.client(), "/q");
    let item = queue.take().await?;
    let number: u64 = std::str::from_utf8(item.data()).unwrap_or_default().parse().unwrap_or(0);
    let held = actor.holds_by_session(item.path());
    actor.shared::<Work>().borrow_mut().begun.insert(number);
    actor.sleep(Duration::from_millis(50)).await;
    drop(held);
    if actor.random(3) == 0 {
        actor.count("given back");
        return Ok(());
    }
    item.acknowledge().await?;
    actor.count("acknowledged");
    *actor.shared::<Work>().borrow_mut().done.entry(number).or_default() += 1;
    Ok(())
}

async fn put_and_try_to_work(actor: Actor) -> Result<(), Error> {
    put_work(&actor).await?;
    work(&actor, true).await.map(drop)
}

async fn work(actor: &Actor, sleeps: bool) -> Result<bool, Error> {
    let queue = AcknowledgedQueue::new(&actor.client(), "/q");
    let Some(item) = queue.try_take().await? else { return Ok(false) };
    let number = std::str::from_utf8(item.data()).unwrap_or_default().parse().unwrap_or(0);
    let book = actor.shared::<Work>();
    book.borrow_mut().begun.insert(number);
    if sleeps {
        actor.sleep(Duration::from_millis(50)).await;
    }
    item.acknowledge().await?;
    *book.borrow_mut().done.entry(number).or_default() += 1;
    Ok(true)
}

async fn work_off(actor: Actor) -> Result<(), Error> {
    while work(&actor, false).await? {}
    Ok(())
}
