//! What owners of machines can rely on, whatever the machine.

use std::time::Duration;

use zk_client::machine::{
    Cx, Input, Letters, Machine, Mailbox, Publisher, Split, Step, Task, Topic,
};
use zk_client::{
    Async, Client, Create, CreateMode, Delete, Error, ErrorCode, ErrorKind, Exists, GetData,
    Limits, State,
};
use zk_sim::{Fault, World};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Keeps an ephemeral node with a watch on it, and deletes it in the end.
struct Keeper {
    path: &'static str,
    letters: Letters<u32>,
    sum: Publisher<u32>,
}

#[derive(Debug)]
struct Kept {
    task: Task,
    mailbox: Mailbox<u32>,
    sum: Topic<u32>,
}

impl Keeper {
    fn start(zk: &Client<Async>, path: &'static str) -> zk_client::Reply<Kept> {
        let (mailbox, letters) = Mailbox::new();
        let (publisher, sum) = Topic::new(0);
        let keeper = Self { path, letters, sum: publisher };
        zk.host(keeper, |(), task| Kept { task, mailbox, sum })
    }
}

impl Machine for Keeper {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => {
                cx.call(0, &Create::new(self.path, "").mode(CreateMode::Ephemeral));
                cx.watch(1, &Exists::new("/never"));
            }
            Input::Answer { tag: 0, answer } => {
                return match cx.decode::<Create<'_>>(answer) {
                    Ok(_) => Step::Ready(Ok(())),
                    Err(error) => Step::Done(Err(error)),
                };
            }
            Input::Answer { tag: 2, answer } => {
                return Step::End(cx.decode::<Delete<'_>>(answer).map(drop));
            }
            Input::Called => {
                while let Some(number) = self.letters.take() {
                    self.sum.set(self.sum.value() + number);
                }
            }
            Input::Cancel => cx.call(2, &Delete::new(self.path)),
            Input::Answer { .. } | Input::Watch { .. } | Input::State(_) | Input::Timer { .. } => {}
        }
        Step::Wait
    }
}

#[test]
fn a_machine_goes_on_after_its_answer_until_it_is_stopped() {
    let mut world = World::new(1);
    let zk = world.client();
    let Kept { task, mailbox, sum } = world.run_until(Keeper::start(&zk, "/a")).unwrap();
    let mut sums = sum.updates(&zk);
    for number in 1..=3 {
        mailbox.send(&task, number).unwrap();
    }
    let mut told = Vec::new();
    while told.last() != Some(&6) {
        told.push(world.run_until(sums.next()).unwrap());
    }
    assert!(told.is_sorted());
    world.run_until(task.stop::<Async>()).unwrap();
    assert_eq!(world.run_until(sums.next()), None, "its publisher is gone");
    assert_eq!(world.run_until(zk.exists("/a")).unwrap(), None);
    assert_eq!(zk.stats().watches, 0, "what it left open is closed");
}

#[test]
fn dropping_the_task_or_the_reply_cancels() {
    let mut world = World::new(2);
    let zk = world.client();
    let kept = world.run_until(Keeper::start(&zk, "/a")).unwrap();
    drop(kept);
    drop(Keeper::start(&zk, "/b"));
    world.run_for(seconds(1));
    assert_eq!(world.run_until(zk.children("/")).unwrap().len(), 1, "only /zookeeper");
    assert_eq!(zk.stats().watches, 0);
}

#[test]
fn an_answer_that_nobody_fetches_cancels() {
    let mut world = World::new(3);
    let zk = world.client();
    let reply = Keeper::start(&zk, "/a");
    world.run_for(seconds(1));
    assert!(world.run_until(zk.exists("/a")).unwrap().is_some());
    drop(reply);
    world.run_for(seconds(1));
    assert_eq!(world.run_until(zk.exists("/a")).unwrap(), None);
}

#[test]
fn a_deadline_is_kept_and_the_machine_cleans_up_when_it_can() {
    let mut world = World::new(4);
    let zk = world.client();
    world.run_until(zk.exists("/")).unwrap();
    world.begin(&Fault::Mishap { what: zk_sim::Mishap::Delay(seconds(2)), times: 9 });
    let before = world.now();
    let error = world.run_until(Keeper::start(&zk.within(seconds(1)), "/a")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    let waited = world.now().saturating_since(before);
    assert!((seconds(1)..Duration::from_millis(1_001)).contains(&waited), "{waited:?}");
    world.run_for(seconds(30));
    assert_eq!(world.run_until(zk.exists("/a")).unwrap(), None);
}

#[test]
fn a_deadline_is_for_the_answer_only() {
    let mut world = World::new(5);
    let zk = world.client();
    let kept = world.run_until(Keeper::start(&zk.within(seconds(1)), "/a")).unwrap();
    world.run_for(seconds(10));
    assert!(world.run_until(zk.exists("/a")).unwrap().is_some());
    drop(kept);
}

#[test]
fn a_machine_of_a_session_that_is_over_is_told_so() {
    let mut world = World::new(6);
    let zk = world.client();
    let kept = world.run_until(Keeper::start(&zk, "/a")).unwrap();
    let mut sums = kept.sum.updates(&zk);
    assert_eq!(world.run_until(sums.next()), Some(0));
    world.with_ensemble(|ensemble, now| ensemble.expire_session(now, zk.session_id()));
    assert_eq!(world.run_until(sums.next()), None, "the machine is gone");
    assert_eq!(kept.mailbox.send(&kept.task, 7), Err(7), "a letter for nobody comes back");
    let error = world.run_until(kept.task.stop::<Async>()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionExpired(_)), "{error}");
    let error = world.run_until(Keeper::start(&zk, "/b")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionExpired(_)), "{error}");
}

#[test]
fn a_task_keeps_the_session_open_and_a_cancelled_machine_does_not() {
    let mut world = World::new(7);
    let zk = world.client();
    let kept = world.run_until(Keeper::start(&zk, "/a")).unwrap();
    drop(zk);
    world.run_for(seconds(60));
    assert!(world.ensemble().tree().node("/a").is_some());
    drop(kept);
    world.run_for(seconds(1));
    assert!(world.ensemble().tree().node("/a").is_none());
}

/// Asks for so much at once, and again when all that was answered.
struct Greedy {
    left: usize,
    refused: usize,
}

const AT_ONCE: usize = 20;

impl Machine for Greedy {
    type Output = Result<usize, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input.split() {
            Split::Own(Input::Start) => {
                (0..AT_ONCE).for_each(|_| cx.nested(1).call(0, &GetData::new("/")));
            }
            Split::Child(1, Input::Answer { tag: 0, answer }) => {
                self.refused += usize::from(answer.is_err());
                self.left -= 1;
                if self.left == AT_ONCE {
                    (0..AT_ONCE).for_each(|_| cx.nested(1).call(0, &GetData::new("/")));
                }
                if self.left == 0 {
                    return Step::Done(Ok(self.refused));
                }
            }
            Split::Own(_) | Split::Child(..) => {}
        }
        Step::Wait
    }
}

#[test]
fn a_machine_that_was_let_in_is_not_refused_for_a_full_queue() {
    let mut world = World::new(8);
    let limits = Limits { queue_requests: 5, ..Limits::default() };
    let config = zk_client::Config { limits, ..world.config() };
    let zk = world.client_with(config);
    let refused = world.run_until(zk.run(Greedy { left: 2 * AT_ONCE, refused: 0 })).unwrap();
    assert_eq!(refused, AT_ONCE - 5, "only of what it began with");
}

#[test]
fn a_promise_is_kept_or_told_to_be_broken() {
    let mut world = World::new(9);
    let zk = world.client();
    let kept = zk.promised(|promise| promise.fulfil(Ok(7)));
    assert_eq!(world.run_until(kept).unwrap(), 7);
    let broken = zk.promised::<()>(drop);
    let error = world.run_until(broken).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cancelled(_)), "{error}");

    let mut forgotten = None;
    let late = zk.within(seconds(3)).promised::<()>(|promise| forgotten = Some(promise));
    assert!(forgotten.as_ref().is_some_and(|promise| !promise.is_abandoned()));
    let error = world.run_until(late).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
}

/// Watches under one tag, one node after the other.
struct Fickle(Publisher<Vec<String>>);

impl Machine for Fickle {
    type Output = ();

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<()> {
        match input {
            Input::Start => {
                cx.watch(0, &Exists::new("/a"));
                cx.watch(0, &Exists::new("/b"));
            }
            Input::Watch { tag: 0, news } => {
                let mut all = self.0.value();
                all.push(format!("{news:?}"));
                self.0.set(all);
            }
            Input::Cancel => return Step::End(Ok(())),
            Input::Answer { .. }
            | Input::Watch { .. }
            | Input::State(_)
            | Input::Timer { .. }
            | Input::Called => {}
        }
        Step::Wait
    }
}

#[test]
fn a_tag_has_one_watch_the_latest() {
    let mut world = World::new(10);
    let zk = world.client();
    let (publisher, news) = Topic::new(Vec::new());
    let task = zk.spawn(Fickle(publisher));
    world.run_until(zk.sync("/")).unwrap();
    world.run_until(zk.create("/a", "")).unwrap();
    world.run_until(zk.create("/b", "")).unwrap();
    world.run_for(seconds(1));
    let news = news.value();
    assert_eq!(news.len(), 1, "{news:?}");
    assert!(news[0].contains("\"/b\""), "{news:?}");
    world.run_until(task.stop::<Async>()).unwrap();
}

/// Writes, and counts how often it has to ask.
struct Writer(u32);

impl Machine for Writer {
    type Output = Result<u32, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start | Input::Timer { tag: 1 } => {
                self.0 += 1;
                cx.call(0, &Create::new("/written", ""));
            }
            Input::Answer { answer, .. } => match cx.decode::<Create<'_>>(answer) {
                Ok(_) => return Step::Done(Ok(self.0)),
                Err(error) if error.code() == Some(ErrorCode::NotReadOnly) => cx.pause(1),
                Err(error) => return Step::Done(Err(error)),
            },
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}

#[test]
fn what_cannot_be_written_now_is_asked_again_when_it_can_be_and_not_before() {
    let mut world = World::with(zk_sim::Setup::new(11).members(3));
    let config = zk_client::Config { read_only: true, ..world.config() };
    world.begin(&Fault::ReadOnly);
    let zk = world.client_with(config);
    world.run_until(zk.exists("/")).unwrap();
    assert_eq!(zk.state(), State::ConnectedReadOnly);

    let asked = zk.run(Writer(0));
    world.run_for(seconds(60));
    world.with_ensemble(|ensemble, now| ensemble.set_read_only(now, false));
    assert_eq!(world.run_until(asked).unwrap(), 2);
}
