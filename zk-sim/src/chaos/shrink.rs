//! A failing world, made smaller while it still fails.

use super::run::run;
use super::weather::Plan;

/// Leaves out what the failure does not need: faults, then clients and operations, then time.
/// Returns the smallest world that was found to fail, the one given if it does not.
#[must_use]
pub fn shrink(plan: &Plan) -> Plan {
    shrink_by(plan, &|plan| run(plan).failure.is_some())
}

/// The same, for whatever is simulated of a plan.
pub(crate) fn shrink_by(plan: &Plan, fails: &dyn Fn(&Plan) -> bool) -> Plan {
    let mut smallest = plan.clone();
    loop {
        let before = size(&smallest);
        smallest = fewer_faults(smallest, fails);
        for change in CHANGES {
            let mut smaller = smallest.clone();
            change(&mut smaller);
            if size(&smaller) < size(&smallest) && fails(&smaller) {
                smallest = smaller;
            }
        }
        if size(&smallest) == before {
            return smallest;
        }
    }
}

type Change = fn(&mut Plan);

const CHANGES: [Change; 4] = [
    |plan| plan.weather.clients = plan.weather.clients.saturating_sub(1).max(1),
    |plan| plan.weather.members = plan.weather.members.saturating_sub(1).max(1),
    |plan| plan.weather.habits.operations /= 2,
    |plan| {
        plan.weather.length /= 2;
        let length = plan.weather.length;
        plan.script.retain(|strike| strike.after < length);
    },
];

/// First by halves, then one by one.
fn fewer_faults(mut plan: Plan, fails: &dyn Fn(&Plan) -> bool) -> Plan {
    let mut count = plan.script.len().div_ceil(2);
    while count > 0 {
        let mut start = 0;
        while start < plan.script.len() {
            let mut smaller = plan.clone();
            let end = (start + count).min(smaller.script.len());
            smaller.script.drain(start..end);
            if fails(&smaller) {
                plan = smaller;
            } else {
                start += count;
            }
        }
        count = if count == 1 { 0 } else { count.div_ceil(2) };
    }
    plan
}

fn size(plan: &Plan) -> u128 {
    let weather = &plan.weather;
    let things = weather.clients + weather.members + plan.script.len();
    let length = weather.length.as_millis() + u128::from(weather.habits.operations);
    ((things as u128) << 64) + length
}
