//! What the peers say that they did, checked.

use std::collections::BTreeMap;

/// One who held a lock wrote this number meanwhile, as this node of the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    number: u32,
    sequence: u32,
    who: usize,
}

/// Who held a lock, one after the other, where each says which numbers it wrote meanwhile, as
/// `7=NODE 9=NODE`.
///
/// # Errors
///
/// If two wrote the same number: then both had read the one before. If one came to be the holder
/// before another one who had come first.
pub(crate) fn holders(told: &[String]) -> Result<Vec<usize>, String> {
    let turn = |who, text: &str| {
        let (number, node) = text.split_once('=')?;
        let sequence = node.get(node.len().checked_sub(10)?..)?.parse().ok()?;
        Some(Turn { number: number.parse().ok()?, sequence, who })
    };
    let mut turns = Vec::new();
    for (who, text) in told.iter().enumerate() {
        for word in text.split(' ') {
            turns.push(turn(who, word).ok_or_else(|| format!("not a turn: {word}"))?);
        }
    }
    turns.sort_unstable();
    for (earlier, later) in turns.iter().zip(turns.iter().skip(1)) {
        if earlier.number == later.number {
            return Err(format!("both wrote the same: {earlier:?}, {later:?}"));
        }
        if earlier.sequence >= later.sequence {
            return Err(format!("out of order: {earlier:?}, {later:?}"));
        }
    }
    Ok(turns.iter().map(|turn| turn.who).collect())
}

/// How many of each kind were inside, from a log of nodes such as `in-read-0000000000` and
/// `out-read-0000000001`: all that `is_allowed` to be there at once. How many came in.
///
/// # Errors
///
/// If they were not allowed to, or if somebody is still there.
pub(crate) fn visits(
    log: &[String],
    is_allowed: impl Fn(&BTreeMap<&str, usize>) -> bool,
) -> Result<usize, String> {
    let mut lines: Vec<_> = log.iter().filter_map(|name| name.rsplit_once('-')).collect();
    lines.sort_unstable_by_key(|(_, sequence)| *sequence);
    let mut inside = BTreeMap::new();
    let mut visits = 0;
    for (line, sequence) in lines {
        match line.split_once('-') {
            Some(("in", kind)) => {
                *inside.entry(kind).or_insert(0) += 1;
                visits += 1;
            }
            Some(("out", kind)) if inside.get(kind).is_some_and(|count| *count > 0) => {
                inside.entry(kind).and_modify(|count| *count -= 1);
            }
            _ => return Err(format!("what is {line} at {sequence}?")),
        }
        if !is_allowed(&inside) {
            return Err(format!("together inside at {sequence}: {inside:?}"));
        }
    }
    let is_empty = inside.values().all(|count| *count == 0);
    if is_empty { Ok(visits) } else { Err(format!("still inside: {inside:?}")) }
}
