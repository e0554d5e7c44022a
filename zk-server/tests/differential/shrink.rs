//! Makes a script smaller, as long as it still fails.

use crate::script::{Action, Field, Request, Script, Step};

/// How many scripts are tried.
const PATIENCE: usize = 400;

/// The smallest script found that still `fails`.
pub(crate) fn shrink(script: Script, mut fails: impl FnMut(&Script) -> bool) -> Script {
    let mut smallest = script;
    let mut tried = 0;
    let mut size = smallest.steps.len() / 2;
    loop {
        let smaller = candidates(&smallest, size).find(|candidate| {
            tried += 1;
            tried < PATIENCE && fails(candidate)
        });
        match smaller {
            Some(smaller) => smallest = smaller,
            None if size > 0 && tried < PATIENCE => size /= 2,
            None => return smallest,
        }
        size = size.min(smallest.steps.len());
    }
}

/// Scripts without some steps; those of size 0 without a part of a step.
fn candidates(script: &Script, size: usize) -> Box<dyn Iterator<Item = Script> + '_> {
    let with = |steps| Script { seed: script.seed, steps };
    match size {
        0 => Box::new((0..script.steps.len()).flat_map(move |at| {
            simpler(&script.steps[at]).into_iter().map(move |step| {
                let mut steps = script.steps.clone();
                steps[at] = step;
                with(steps)
            })
        })),
        // From the end: what comes late depends on what comes early.
        size => Box::new((0..script.steps.len()).step_by(size).rev().map(move |at| {
            let mut steps = script.steps.clone();
            steps.drain(at..script.steps.len().min(at + size));
            with(steps)
        })),
    }
}

/// The step without one of its requests, or without one operation of a multi.
fn simpler(step: &Step) -> Vec<Step> {
    let Action::Send(requests) = &step.action else { return Vec::new() };
    let with = |requests| Step { client: step.client, action: Action::Send(requests) };
    let mut all = Vec::new();
    for (at, request) in requests.iter().enumerate() {
        if requests.len() > 1 {
            let mut fewer = requests.clone();
            fewer.remove(at);
            all.push(with(fewer));
        }
        for request in without_an_operation(request) {
            let mut changed = requests.clone();
            changed[at] = request;
            all.push(with(changed));
        }
    }
    all
}

fn without_an_operation(request: &Request) -> Vec<Request> {
    let begins = |field: &Field| matches!(field, Field::Operation(_));
    let places: Vec<_> =
        (0..request.fields.len()).filter(|at| begins(&request.fields[*at])).collect();
    let without = |range: &[usize]| {
        let mut fewer = request.clone();
        fewer.fields.drain(range[0]..range[1]);
        fewer
    };
    places.windows(2).map(without).collect()
}
