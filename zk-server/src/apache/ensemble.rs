//! Several servers that elect a leader.

use std::time::Duration;

use super::config::Membership;
use super::port::again_if_port_taken;
use super::probe::poll;
use super::seat::Seat;
use super::server::Pulse;
use super::{Error, Mode, Options, Role, Server};

/// How long a look at a member waits for its answer.
const GLANCE: Duration = Duration::from_secs(1);

/// An ensemble of Apache ZooKeeper servers on this machine.
///
/// Its members are counted from 0 in the order they were started; the server's own number, its
/// `myid`, is one more. All are killed when the ensemble is dropped.
///
/// ```no_run
/// use zk_server::apache::{Ensemble, Options};
///
/// let ensemble = Ensemble::start(3, &Options::new())?;
/// let leader = ensemble.wait_for_leader()?;
/// ensemble.member(leader).freeze()?;
/// assert_ne!(ensemble.wait_for_leader()?, leader);
/// ensemble.member(leader).thaw()?;
/// # Ok::<(), zk_server::apache::Error>(())
/// ```
#[derive(Debug)]
pub struct Ensemble {
    members: Vec<Member>,
    options: Options,
}

#[derive(Debug)]
struct Member {
    server: Server,
    seat: Seat,
}

impl Ensemble {
    /// Starts an ensemble of `size` servers that all vote, and returns once all of them serve and
    /// one leads.
    ///
    /// # Errors
    ///
    /// Those of [`Server::start`].
    ///
    /// # Panics
    ///
    /// If `size` is 0.
    pub fn start(size: usize, options: &Options) -> Result<Self, Error> {
        assert!(size > 0, "an ensemble has one member at least");
        again_if_port_taken(|| {
            let ensemble = Self::prepare(size, options)?;
            ensemble.members().try_for_each(Server::relaunch)?;
            ensemble.wait_for_leader()?;
            Ok(ensemble)
        })
    }

    /// Starts one more server that knows the others, and returns its line `server.N=...` once it
    /// serves.
    ///
    /// It is the last member from now on. But it serves without a vote, whatever its `role`, until
    /// a reconfig lets it in: give the line to that as what joins. An observer is of use without
    /// that too.
    ///
    /// # Errors
    ///
    /// Those of [`Server::start`] and of [`Ensemble::wait_for_leader`]: the leader is asked for the
    /// ensemble's configuration.
    pub fn add_member(&mut self, role: Role) -> Result<String, Error> {
        let seat = Seat::reserve(self.size() + 1, role)?;
        let line = seat.to_string();
        let members = format!("{}{}\n", self.configuration()?, seat.as_joiner());
        let member = Member::prepare(seat, members, &self.options)?;
        member.server.restart()?;
        self.members.push(member);
        Ok(line)
    }

    /// How many members it has, running or not.
    #[must_use]
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// The member `index`, counted from 0.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn member(&self, index: usize) -> &Server {
        &self.members[index].server
    }

    /// All members, in order.
    pub fn members(&self) -> impl Iterator<Item = &Server> {
        self.members.iter().map(|member| &member.server)
    }

    /// The line `server.N=...` that stands for the member `index` in the configuration.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn configuration_line(&self, index: usize) -> String {
        self.members[index].seat.to_string()
    }

    /// Where all members serve clients, as a client takes it: `127.0.0.1:` and a port, with
    /// commas between them.
    #[must_use]
    pub fn connect_string(&self) -> String {
        let addresses: Vec<_> = self.members().map(Server::connect_string).collect();
        addresses.join(",")
    }

    /// The member that says at this moment that it leads, if one does.
    ///
    /// A member that was frozen may go on to say so for a moment after another was elected:
    /// [`Ensemble::wait_for_leader`] waits until they agree.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        self.in_mode(Mode::Leader).next()
    }

    /// The members that say at this moment that they follow.
    #[must_use]
    pub fn followers(&self) -> Vec<usize> {
        self.in_mode(Mode::Follower).collect()
    }

    /// Waits until all members serve that are neither killed nor frozen, and one of them leads;
    /// returns that one.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`] if a member has ended by itself, [`Error::Late`] if that takes longer
    /// than [`Options::start_limit`], for instance because too few members are left to elect one.
    pub fn wait_for_leader(&self) -> Result<usize, Error> {
        let limit = self.options.start_limit;
        let leader = poll(limit, |patience| {
            let pulses = self.members().map(|server| server.pulse(patience));
            Ok(only_leader(&pulses.collect::<Result<Vec<_>, _>>()?))
        })?;
        leader.ok_or_else(|| Error::Late {
            awaited: "the ensemble has a leader",
            limit,
            log: self.members().map(Server::log_tail).collect::<Vec<_>>().join("\n"),
        })
    }

    fn prepare(size: usize, options: &Options) -> Result<Self, Error> {
        let seats = (1..=size).map(|id| Seat::reserve(id, Role::Participant));
        let seats = seats.collect::<Result<Vec<_>, _>>()?;
        let lines: String = seats.iter().map(|seat| format!("{seat}\n")).collect();
        let members = seats.into_iter().map(|seat| Member::prepare(seat, lines.clone(), options));
        Ok(Self { members: members.collect::<Result<_, _>>()?, options: options.clone() })
    }

    /// The lines `server.N=...` of the members that the leader counts.
    fn configuration(&self) -> Result<String, Error> {
        let leader = self.member(self.wait_for_leader()?);
        let answer = leader.four_letter_word("conf")?;
        let lines = answer.lines().filter(|line| line.starts_with("server."));
        Ok(lines.map(|line| format!("{line}\n")).collect())
    }

    fn in_mode(&self, mode: Mode) -> impl Iterator<Item = usize> {
        let pulses = self.members().map(|server| server.pulse(GLANCE)).enumerate();
        pulses
            .filter(move |(_, pulse)| matches!(pulse, Ok(Pulse::Serving(found)) if *found == mode))
            .map(|(index, _)| index)
    }
}

impl Member {
    fn prepare(seat: Seat, members: String, options: &Options) -> Result<Self, Error> {
        let membership = Membership::Member { id: seat.id, members };
        let server = Server::prepare(options, seat.client.clone(), &membership)?;
        Ok(Self { server, seat })
    }
}

/// The leader, if all that run serve, and one of them leads.
fn only_leader(pulses: &[Pulse]) -> Option<usize> {
    let mut leaders =
        pulses.iter().enumerate().filter(|(_, pulse)| **pulse == Pulse::Serving(Mode::Leader));
    let (leader, _) = leaders.next()?;
    let settled = leaders.next().is_none() && !pulses.contains(&Pulse::Silent);
    settled.then_some(leader)
}
