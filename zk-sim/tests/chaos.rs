//! A few worlds in which everything goes wrong. Thousands are simulated by `campaign`.

use zk_sim::chaos::{Plan, run, shrink};

#[test]
fn nothing_that_was_promised_goes_wrong() {
    for seed in 0..12 {
        let report = run(&Plan::draw(seed));
        assert_eq!(report.failure, None, "seed {seed}");
    }
}

#[test]
fn the_same_seed_has_the_same_trace() {
    for seed in 20..25 {
        let (one, other) = (run(&Plan::draw(seed)), run(&Plan::draw(seed)));
        assert_eq!(one.trace, other.trace, "seed {seed}");
        assert_eq!(one.tally, other.tally, "seed {seed}");
    }
}

#[test]
fn a_world_that_is_well_is_not_made_smaller() {
    let plan = Plan::draw(3);
    let smaller = shrink(&plan);
    assert_eq!(plan.script.len(), smaller.script.len());
}
