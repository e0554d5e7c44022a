//! Tests the checker: a good history is made wrong at random, and must not pass.

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::Bytes;
use fastrand::Rng;
use zk_history::{History, What, check};
use zk_proto::{ErrorCode, OpCode};

/// How much of a history is taken: each mutant is checked as a whole.
const RECORDS: usize = 8_000;

/// A way to make a history wrong at a place, if that is possible there; otherwise leaves it.
type Mutation = fn(&mut History, usize, Option<OpCode>) -> bool;

const MUTATIONS: [(&str, Mutation); 9] = [
    ("other data in an answer", change_data),
    ("another version in the stat of a write", change_version),
    ("another number of a sequential node", change_sequence),
    ("a refusal for another reason", change_reason),
    ("the zxid of an older state", change_zxid),
    ("two answers in the wrong order", swap_answers),
    ("an event that does not come", drop_event),
    ("an event that comes twice", double_event),
    ("an event that comes after the next answer", delay_event),
];

/// Checks as many mutants of the beginning of a history; says what the checker said of them.
///
/// # Errors
///
/// One of them passed.
pub(crate) fn check_mutants(
    history: &History,
    count: usize,
    rng: &mut Rng,
) -> Result<String, String> {
    let (good, settled, answers) = beginning(history);
    check(&good).map_err(|violation| format!("the beginning of the history: {violation}"))?;
    let (head, tail) = good.records.split_at(settled);
    let mut found: BTreeMap<_, usize> = BTreeMap::new();
    for ((name, mutation), _) in MUTATIONS.iter().cycle().zip(0..count) {
        let mut mutant = History { records: head.to_vec() };
        let at = (0..1_000_000)
            .map(|_| rng.usize(..settled))
            .find(|at| mutation(&mut mutant, *at, answers.get(at).copied()));
        let at = at.ok_or_else(|| format!("nothing in the history for {name}"))?;
        mutant.records.extend_from_slice(tail);
        match check(&mutant) {
            Ok(_) => return Err(format!("{name}, at record {at}, was not found")),
            Err(violation) => *found.entry((*name, violation.rule.to_string())).or_default() += 1,
        }
    }
    let lines = found.iter().map(|((name, rule), count)| format!("  {count:4} {name}: {rule}\n"));
    Ok(format!("{count} mutants of {} records, all found\n{}", settled, lines.collect::<String>()))
}

/// A history up to the first fault; up to where in it all requests are answered; and what each
/// answer is the answer to. Beyond that point, a request that is not answered can be the reason of
/// something that would be wrong without it.
fn beginning(history: &History) -> (History, usize, HashMap<usize, OpCode>) {
    let mut waiting: HashMap<_, VecDeque<(usize, OpCode)>> = HashMap::new();
    let mut answers = HashMap::new();
    let mut end = 0;
    for (number, record) in history.records.iter().enumerate().take(RECORDS) {
        let waiting = waiting.entry(record.connection).or_default();
        match &record.what {
            What::Request { xid, op, .. } if *xid > 0 => waiting.push_back((number, *op)),
            What::Reply { xid, .. } if *xid > 0 => {
                answers.extend(waiting.pop_front().map(|(_, op)| (number, op)));
            }
            What::Lost if !waiting.is_empty() => break,
            What::Lost | What::Request { .. } | What::Reply { .. } | What::Event { .. } => {}
            What::Hello { .. } | What::Welcome { .. } | What::Unreadable => {}
        }
        end = number + 1;
    }
    let mut records = history.records[..end].to_vec();
    let open = waiting.values().flatten().map(|(number, _)| *number);
    let loose: Vec<_> = (0..end).filter(|number| is_loose(history, *number, end)).collect();
    let settled = open.chain(loose.iter().copied()).min().unwrap_or(end);
    loose.iter().rev().for_each(|number| drop(records.remove(*number)));
    (History { records }, settled, answers)
}

/// Whether it is an event that no answer follows: what has caused it may not be answered either.
fn is_loose(history: &History, at: usize, end: usize) -> bool {
    matches!(history.records[at].what, What::Event { .. })
        && next_answer(history, at).is_none_or(|next| next >= end)
}

fn change_data(history: &mut History, at: usize, op: Option<OpCode>) -> bool {
    op == Some(OpCode::GetData)
        && body(history, at).is_some_and(|body| body.get(3) > Some(&0) && flip(body, 4))
}

fn change_version(history: &mut History, at: usize, op: Option<OpCode>) -> bool {
    op == Some(OpCode::SetData) && body(history, at).is_some_and(|body| flip(body, 35))
}

fn change_sequence(history: &mut History, at: usize, op: Option<OpCode>) -> bool {
    let is_numbered = |body: &Bytes| body.windows(3).any(|three| three == b"/q-");
    op == Some(OpCode::Create)
        && body(history, at)
            .is_some_and(|body| is_numbered(body) && flip(body, body.len().saturating_sub(1)))
}

fn change_reason(history: &mut History, at: usize, op: Option<OpCode>) -> bool {
    let ops = [OpCode::Create, OpCode::Create2, OpCode::Delete, OpCode::SetData];
    let What::Reply { err, .. } = &mut history.records[at].what else { return false };
    let is_missing = ErrorCode::from_code(*err) == ErrorCode::NoNode;
    let is_refused = *err != 0 && op.is_some_and(|op| ops.contains(&op));
    if is_refused {
        *err = if is_missing { ErrorCode::NotEmpty } else { ErrorCode::NoNode }.code();
    }
    is_refused
}

fn change_zxid(history: &mut History, at: usize, op: Option<OpCode>) -> bool {
    let connection = history.records[at].connection;
    let is_before = |what: &What| matches!(what, What::Reply { zxid, .. } if *zxid > 1);
    let mut before = history.records[..at].iter().filter(|record| record.connection == connection);
    if op.is_none() || !before.any(|record| is_before(&record.what)) {
        return false;
    }
    let What::Reply { zxid, .. } = &mut history.records[at].what else { return false };
    *zxid = 1;
    true
}

fn swap_answers(history: &mut History, at: usize, op: Option<OpCode>) -> bool {
    let Some(next) = op.and_then(|_| next_answer(history, at)) else { return false };
    let what = history.records[at].what.clone();
    history.records[at].what = std::mem::replace(&mut history.records[next].what, what);
    true
}

fn drop_event(history: &mut History, at: usize, _: Option<OpCode>) -> bool {
    let Some(_) = answer_after_event(history, at) else { return false };
    history.records.remove(at);
    true
}

fn double_event(history: &mut History, at: usize, _: Option<OpCode>) -> bool {
    let Some(_) = answer_after_event(history, at) else { return false };
    history.records.insert(at, history.records[at].clone());
    true
}

fn delay_event(history: &mut History, at: usize, _: Option<OpCode>) -> bool {
    let Some(next) = answer_after_event(history, at) else { return false };
    history.records[at..=next].rotate_left(1);
    true
}

/// The body of an answer that is not a refusal.
fn body(history: &mut History, at: usize) -> Option<&mut Bytes> {
    let What::Reply { err: 0, body, .. } = &mut history.records[at].what else { return None };
    Some(body)
}

/// Changes one bit of a byte.
fn flip(body: &mut Bytes, at: usize) -> bool {
    let mut changed = body.to_vec();
    let Some(byte) = changed.get_mut(at) else { return false };
    *byte ^= 1;
    *body = changed.into();
    true
}

fn answer_after_event(history: &History, at: usize) -> Option<usize> {
    let What::Event { .. } = history.records[at].what else { return None };
    next_answer(history, at)
}

/// The next answer to a request on the same connection.
fn next_answer(history: &History, at: usize) -> Option<usize> {
    let connection = history.records[at].connection;
    let is_next = |number: &usize| {
        let record = &history.records[*number];
        record.connection == connection
            && matches!(record.what, What::Reply { xid, zxid, .. } if xid > 0 && zxid > 0)
    };
    (at + 1..history.records.len()).find(is_next)
}
