//! Measures how long a session cannot write when it loses its server: an ensemble of three with a
//! tick of 0.5 s, a session timeout of 6 s, and one writer every 5 ms. Needs Java and the jars of
//! ZooKeeper; see `zk-server`.
//!
//!     cargo run --release -p zk-tokio --example failover -- 5
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use zk_server::apache::{self, Ensemble, Options};
use zk_server::proxy::Proxy;
use zk_tokio::Client;

/// What happens to the server that the session is connected to.
#[derive(Clone, Copy)]
enum Fault {
    FollowerKilled,
    LeaderKilled,
    FollowerFrozen,
    LeaderFrozen,
    /// Its network drops all, without a word.
    FollowerSilent,
}

const FAULTS: [Fault; 5] = [
    Fault::FollowerKilled,
    Fault::LeaderKilled,
    Fault::FollowerFrozen,
    Fault::LeaderFrozen,
    Fault::FollowerSilent,
];

/// Three servers, each behind a proxy.
struct Rig {
    ensemble: Ensemble,
    proxies: Vec<Proxy>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runs: u32 = std::env::args().nth(1).map_or(Ok(5), |runs| runs.parse())?;
    let rig = Rig::start()?;
    println!("longest time without a successful write, in seconds, of {runs} runs each");
    for fault in FAULTS {
        let mut gaps = Vec::new();
        for run in 0..runs {
            gaps.push(rig.longest_gap(fault, u64::from(run)).await?);
        }
        gaps.sort_unstable();
        let gaps: Vec<_> = gaps.iter().map(|gap| format!("{:6.3}", gap.as_secs_f64())).collect();
        println!("{fault:<28} {}", gaps.join(" "));
    }
    Ok(())
}

impl Rig {
    fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let options = Options::new().tick_time(Duration::from_millis(500));
        let ensemble = Ensemble::start(3, &options)?;
        let proxies = ensemble.members().map(|member| Proxy::start(member.address()));
        let proxies = proxies.collect::<Result<_, _>>()?;
        Ok(Self { ensemble, proxies })
    }

    /// Lets a fault happen to a session that writes, and repairs it afterwards.
    async fn longest_gap(
        &self,
        fault: Fault,
        seed: u64,
    ) -> Result<Duration, Box<dyn std::error::Error>> {
        let victim = match fault {
            Fault::LeaderKilled | Fault::LeaderFrozen => self.ensemble.wait_for_leader()?,
            Fault::FollowerKilled | Fault::FollowerFrozen | Fault::FollowerSilent => {
                self.ensemble.wait_for_leader()?;
                self.ensemble.followers()[0]
            }
        };
        let zk = self.connect_to(victim, seed).await?;
        let session = zk.session_id();
        let writer = tokio::spawn(write_until_well(zk.clone()));
        tokio::time::sleep(WARM_UP).await;
        self.happen(fault, victim)?;
        let gap = writer.await?;
        assert_eq!(zk.session_id(), session, "the session was lost");
        self.repair(victim)?;
        zk.close().await?;
        Ok(gap)
    }

    async fn connect_to(&self, member: usize, seed: u64) -> Result<Client, zk_tokio::Error> {
        let addresses: Vec<_> = self.proxies.iter().map(Proxy::connect_string).collect();
        let mut seed = seed.wrapping_mul(1_000);
        loop {
            seed += 1;
            let builder = Client::builder().session_timeout(Duration::from_secs(6)).seed(seed);
            let zk = builder.connect(&addresses.join(",")).await?;
            if zk.server().is_some_and(|s| s.address == self.proxies[member].address()) {
                return Ok(zk);
            }
            zk.close().await?;
        }
    }

    fn happen(&self, fault: Fault, victim: usize) -> Result<(), apache::Error> {
        match fault {
            Fault::FollowerKilled | Fault::LeaderKilled => self.ensemble.member(victim).kill(),
            Fault::FollowerFrozen | Fault::LeaderFrozen => self.ensemble.member(victim).freeze()?,
            Fault::FollowerSilent => self.proxies[victim].stall(),
        }
        Ok(())
    }

    fn repair(&self, victim: usize) -> Result<(), apache::Error> {
        self.proxies[victim].resume();
        self.ensemble.member(victim).restart()?;
        self.ensemble.wait_for_leader().map(drop)
    }
}

/// Before the fault: the servers are warm by then.
const WARM_UP: Duration = Duration::from_secs(2);
/// After it: more than any gap should be.
const LONG: Duration = Duration::from_secs(12);

/// Writes every 5 ms, each time when the last one was answered; returns the longest time between
/// two successes, the end included.
async fn write_until_well(zk: Client) -> Duration {
    let mut ticks = interval(Duration::from_millis(5));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (start, mut last, mut longest) = (Instant::now(), Instant::now(), Duration::ZERO);
    while start.elapsed() < WARM_UP + LONG {
        ticks.tick().await;
        if zk.set("/", "data").await.is_ok() {
            longest = longest.max(last.elapsed());
            last = Instant::now();
        }
    }
    longest.max(last.elapsed())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FollowerKilled => "follower killed",
            Self::LeaderKilled => "leader killed",
            Self::FollowerFrozen => "follower frozen",
            Self::LeaderFrozen => "leader frozen",
            Self::FollowerSilent => "follower silently cut off",
        })
    }
}
