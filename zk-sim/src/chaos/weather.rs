//! What a seed makes of a world: how the network is, what goes wrong and when, what programs do.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;
use zk_client::Limits;
use zk_server::Lag;

use crate::fault::{Clock, Cut, Fault, Mishap, Strike, Way};
use crate::host::Adapter;
use crate::names::Answer;
use crate::network::{Conditions, Direction};

/// A world that is to be simulated. Drawn from a seed, and then data: a script that fails is made
/// shorter by leaving things out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where chance comes from.
    pub seed: u64,
    /// How the world is.
    pub weather: Weather,
    /// What goes wrong, and when.
    pub script: Vec<Strike>,
}

/// How a world is.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Programs, with a session each.
    pub clients: usize,
    /// Servers.
    pub members: usize,
    /// The servers' unit of time.
    pub tick: Duration,
    /// The session timeout that clients ask for.
    pub timeout: Duration,
    /// How long nobody serves after a leader was lost.
    pub election: Duration,
    /// The network.
    pub conditions: Conditions,
    /// How long who was woken takes to come.
    pub scheduling: Range<Duration>,
    /// How much adapters do beyond what they must.
    pub adapter: Adapter,
    /// How far the clocks of the clients are ahead, each times its number.
    pub ahead: Duration,
    /// How many changes a watch keeps for a slow reader.
    pub watch_buffer: usize,
    /// How much clients keep in flight and in the queue.
    pub limits: Limits,
    /// Whether clients and servers go on without writes when they cannot have them.
    pub read_only: bool,
    /// How long things go wrong.
    pub length: Duration,
    /// What programs do.
    pub habits: Habits,
}

/// What programs do.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// How long they rest between two bursts of operations, on average.
    pub pause: Duration,
    /// The longest burst.
    pub burst: u32,
    /// How many operations each session asks for at most.
    pub operations: u32,
    /// By how much answers may be late.
    pub slack: Duration,
}

impl Plan {
    /// The world of this seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x5eed);
        let weather = Weather::draw(&mut rng);
        let script = script(&mut rng, &weather);
        Self { seed, weather, script }
    }

    /// A shorter one, for so many clients.
    pub(crate) fn draw_short(seed: u64, clients: Range<usize>) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x5eed);
        let mut weather = Weather::draw(&mut rng);
        weather.clients = rng.usize(clients);
        weather.length = Duration::from_millis(rng.u64(20_000..90_000));
        weather.watch_buffer = weather.watch_buffer.max(2);
        let script = script(&mut rng, &weather);
        Self { seed, weather, script }
    }
}

impl Weather {
    fn draw(rng: &mut Rng) -> Self {
        let tick = Duration::from_millis(pick(rng, &[200, 500, 1_000, 2_000]));
        let scheduling = Duration::ZERO..Duration::from_micros(pick(rng, &[1, 20, 200, 5_000]));
        let minutes = pick(rng, &[1, 2, 3, 4, 8, 20]);
        let pause = Duration::from_millis(pick(rng, &[5, 100, 1_000, 5_000]));
        let timeout = tick * pick(rng, &[2, 3, 5, 10, 20]);
        let small = Limits { window_requests: 4, queue_requests: 12, ..Limits::default() };
        let narrow = Limits { window_bytes: 3_000, queue_bytes: 30_000, ..Limits::default() };
        Self {
            clients: pick(rng, &[1, 1, 2, 2, 3, 5, 8]),
            members: pick(rng, &[1, 1, 2, 3, 3, 3, 5]),
            tick,
            timeout,
            election: Duration::from_millis(pick(rng, &[0, 200, 2_000])),
            conditions: conditions(rng, timeout),
            adapter: if rng.bool() { Adapter::Lazy } else { Adapter::Eager },
            ahead: Duration::from_secs(pick(rng, &[0, 0, 7, 100_000])),
            watch_buffer: pick(rng, &[1, 2, 8, 256]),
            limits: pick(rng, &[Limits::default(), Limits::default(), small, narrow]),
            read_only: rng.u8(..4) == 0,
            length: Duration::from_secs(60 * minutes) + Duration::from_millis(rng.u64(..60_000)),
            habits: Habits {
                pause,
                burst: pick(rng, &[1, 3, 10, 40]),
                operations: pick(rng, &[50, 150, 400]),
                slack: scheduling.end * 4 + Duration::from_millis(2),
            },
            scheduling,
        }
    }
}

/// A connection, which takes four journeys, has to be possible in a third of a session timeout.
fn conditions(rng: &mut Rng, timeout: Duration) -> Conditions {
    let longest = Duration::from_micros(pick(rng, &[100, 1_000, 20_000, 100_000]));
    let longest = longest.min(timeout / 30);
    let latency = longest / 4..longest;
    let pieces = pick(rng, &[1..4, 1..100, 1..1_500, 1_400..1_500, 65_000..65_536]);
    Conditions { latency, pieces, buffer: pick(rng, &[100, 4_096, 65_536, 1 << 20]) }
}

/// What goes wrong: of a few kinds, a few times or many.
fn script(rng: &mut Rng, weather: &Weather) -> Vec<Strike> {
    let kinds: Vec<u32> = (0..rng.u32(0..6)).map(|_| rng.u32(..KINDS)).collect();
    if kinds.is_empty() {
        return Vec::new(); // a fine day
    }
    let count = pick(rng, &[1, 4, 12, 40]);
    let mut script = Vec::new();
    for _ in 0..count {
        let kind = kinds[rng.usize(..kinds.len())];
        let after = weather.length.mul_f64(rng.f64());
        if kind == SWIZZLE {
            swizzle(rng, weather, after, &mut script);
            continue;
        }
        if kind == TIME_TRAVEL {
            time_travel(rng, weather, after, &mut script);
            continue;
        }
        let longest = weather.timeout.mul_f64(if rng.u8(..4) == 0 { 3.0 } else { 0.6 });
        let lasts = longest.mul_f64(rng.f64());
        script.push(Strike { after, fault: fault(rng, weather, kind), lasts });
    }
    script.sort_by_key(|strike| strike.after);
    script
}

const KINDS: u32 = 24;
const SWIZZLE: u32 = 22;
const TIME_TRAVEL: u32 = 23;

fn fault(rng: &mut Rng, weather: &Weather, kind: u32) -> Fault {
    let (client, member) = (rng.usize(..weather.clients), rng.usize(..weather.members));
    let (one, some) = (Some(client), (rng.bool()).then_some(member));
    let way = pick(rng, &[Way::Both, Way::Both, Way::Up, Way::Down]);
    let clock = pick(rng, &[Clock::CatchesUp, Clock::FallsBehind]);
    match kind {
        0 => Fault::Cut { client, how: pick(rng, &[Cut::Reset, Cut::Close]) },
        1 => {
            let direction = pick(rng, &[Direction::Up, Direction::Down]);
            Fault::Cut { client, how: Cut::After(direction, rng.usize(1..300)) }
        }
        2 => Fault::Partition { client: one, member: some, way },
        3 => Fault::Partition { client: None, member: Some(member), way },
        4 => Fault::Stall { client: one, member: some, way },
        5 => Fault::Refuse { member },
        6 => Fault::Slow { by: Duration::from_millis(rng.u64(1..5_000)) },
        7 => Fault::Kill { member },
        8 => Fault::KillLeader,
        9 => Fault::Freeze { member },
        10 => Fault::Lag { member, lag: Lag::By(Duration::from_millis(rng.u64(1..3_000))) },
        11 => Fault::Lag { member, lag: Lag::Held },
        12 => Fault::Drop { member: some },
        13 => Fault::ReadOnly,
        14 => Fault::Expire { client },
        15 => Fault::Forget,
        16 => Fault::Stop { client, clock },
        17 => Fault::StandStill { client, clock },
        18 => Fault::Leap { client, by: Duration::from_secs_f64(rng.f64() * 3_600.0) },
        19 => {
            let pause = Duration::from_millis(rng.u64(1..100));
            Fault::SlowReader { client, bytes: rng.usize(1..200), pause }
        }
        20 => Fault::Resolve { member, answer: answer(rng, weather) },
        _ => mishap(rng),
    }
}

fn answer(rng: &mut Rng, weather: &Weather) -> Answer {
    match rng.u8(..4) {
        0 => Answer::Unknown,
        1 => Answer::Silence,
        2 => Answer::Members(
            vec![rng.usize(..weather.members)],
            Duration::from_millis(rng.u64(..5_000)),
        ),
        _ => Answer::Members((0..weather.members).collect(), Duration::from_millis(1)),
    }
}

fn mishap(rng: &mut Rng) -> Fault {
    let what = match rng.u8(..5) {
        0 => Mishap::Delay(Duration::from_millis(rng.u64(1..2_000))),
        1 => Mishap::Dropped,
        2 => Mishap::ReplyLost,
        3 => Mishap::ReplyCut(rng.usize(..40)),
        _ => Mishap::Held,
    };
    Fault::Mishap { what, times: rng.usize(1..4) }
}

/// Members are stalled one after the other, and released in another order.
fn swizzle(rng: &mut Rng, weather: &Weather, after: Duration, script: &mut Vec<Strike>) {
    for member in 0..weather.members {
        let begins = weather.timeout.mul_f64(rng.f64() * 0.3);
        let lasts = weather.timeout.mul_f64(0.3 + rng.f64());
        let fault = Fault::Stall { client: None, member: Some(member), way: Way::Both };
        script.push(Strike { after: after + begins, fault, lasts });
    }
}

/// Members lag behind while clients have to move between them.
fn time_travel(rng: &mut Rng, weather: &Weather, after: Duration, script: &mut Vec<Strike>) {
    let lasts = weather.timeout.mul_f64(0.5 + rng.f64());
    for member in 0..weather.members {
        if rng.bool() {
            script.push(Strike { after, fault: Fault::Lag { member, lag: Lag::Held }, lasts });
        }
    }
    for _ in 0..4 {
        let after = after + lasts.mul_f64(rng.f64());
        let client = rng.usize(..weather.clients);
        let fault = Fault::Cut { client, how: Cut::Reset };
        script.push(Strike { after, fault, lasts: Duration::ZERO });
    }
}

fn pick<T: Clone>(rng: &mut Rng, among: &[T]) -> T {
    among[rng.usize(..among.len())].clone()
}
