//! Compares what two servers did with a script.

use std::fmt;

use zk_proto::OpCode;

use crate::exceptions::Exceptions;
use crate::player::{Moment, Transcript};
use crate::script::{Action, Request, Script, Step};
use crate::seen::Seen;

/// What became of a comparison.
#[derive(Debug)]
pub(crate) enum Verdict {
    Same,
    /// From this step on they are known to go different ways.
    SameUntil(usize),
    Different(Difference),
}

/// The first thing in which two servers differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Difference {
    /// What a client saw in a step.
    Seen { step: usize, client: usize, apache: Vec<Seen>, ours: Vec<Seen> },
    /// The nodes that were left, or the number of steps.
    Remains { apache: String, ours: String },
    /// Ours panicked, or did not answer the caretaker.
    Panic,
}

/// How two moments compare.
enum Likeness {
    Same,
    Allowed,
    AllowedWithConsequences,
    Different { client: usize },
}

/// Compares, but for what is known to differ.
pub(crate) fn compare(
    script: &Script,
    apache: &Transcript,
    ours: &Transcript,
    exceptions: &Exceptions,
) -> Verdict {
    let blur = |moment: &Moment| {
        let mut moment = moment.clone();
        moment.values_mut().flatten().for_each(|seen| exceptions.blur(seen));
        moment
    };
    let moments = apache.moments.iter().map(blur).zip(ours.moments.iter().map(blur));
    for (index, (theirs, ours)) in moments.enumerate() {
        match liken(script.steps.get(index), &theirs, &ours, exceptions) {
            Likeness::Same | Likeness::Allowed => {}
            Likeness::AllowedWithConsequences => return Verdict::SameUntil(index),
            Likeness::Different { client } => {
                let seen = |moment: &Moment| moment.get(&client).cloned().unwrap_or_default();
                let (apache, ours) = (seen(&theirs), seen(&ours));
                return Verdict::Different(Difference::Seen { step: index, client, apache, ours });
            }
        }
    }
    match apache.remains.iter().zip(&ours.remains).find(|(apache, ours)| apache != ours) {
        Some((apache, ours)) => {
            Verdict::Different(Difference::Remains { apache: apache.clone(), ours: ours.clone() })
        }
        None if apache.remains.len() != ours.remains.len() => {
            let count =
                |side: &Transcript| format!("{} nodes: {:?}", side.remains.len(), side.remains);
            Verdict::Different(Difference::Remains { apache: count(apache), ours: count(ours) })
        }
        None => Verdict::Same,
    }
}

fn liken(step: Option<&Step>, theirs: &Moment, ours: &Moment, exceptions: &Exceptions) -> Likeness {
    let mut likeness = Likeness::Same;
    let clients = theirs.keys().chain(ours.keys());
    for client in clients.copied() {
        let (theirs, ours) = (theirs.get(&client), ours.get(&client));
        if theirs == ours {
            continue;
        }
        let requests = match step {
            Some(Step { client: asking, action: Action::Send(requests) }) if *asking == client => {
                &**requests
            }
            _ => &[],
        };
        match allowance(requests, theirs, ours, exceptions) {
            None => return Likeness::Different { client },
            Some(has_consequences) if has_consequences => {
                likeness = Likeness::AllowedWithConsequences;
            }
            Some(_) => likeness = Likeness::Allowed,
        }
    }
    likeness
}

/// `None` if these may not differ; or whether that has consequences.
fn allowance(
    requests: &[Request],
    theirs: Option<&Vec<Seen>>,
    ours: Option<&Vec<Seen>>,
    exceptions: &Exceptions,
) -> Option<bool> {
    let (theirs, ours) = (theirs?, ours?);
    let mut requests = requests.iter();
    let mut has_consequences = false;
    if theirs.len() != ours.len() {
        return None;
    }
    for (theirs, ours) in theirs.iter().zip(ours) {
        let request = theirs.code().and_then(|_| requests.next());
        if theirs == ours {
            continue;
        }
        let request = request.filter(|request| exceptions.allow(request, theirs, ours))?;
        has_consequences |= leaves_watch(request);
    }
    Some(has_consequences)
}

/// Whether a request to read leaves a watch.
fn leaves_watch(request: &Request) -> bool {
    let reads = [OpCode::Exists, OpCode::GetData, OpCode::GetChildren, OpCode::GetChildren2];
    reads.iter().any(|op| op.code() == request.op)
        && request.fields.get(1) != Some(&crate::script::Field::Byte(0))
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seen { step, client, apache, ours } => {
                writeln!(f, "in step {step}, client {client} saw")?;
                writeln!(f, "  of Apache: {apache:?}")?;
                write!(f, "  of ours:   {ours:?}")
            }
            Self::Remains { apache, ours } => {
                writeln!(f, "in the end, there was")?;
                writeln!(f, "  in Apache: {apache}")?;
                write!(f, "  in ours:   {ours}")
            }
            Self::Panic => write!(f, "ours panicked, or left the caretaker without an answer"),
        }
    }
}
