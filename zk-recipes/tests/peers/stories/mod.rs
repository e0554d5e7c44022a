//! What peers do together, at each place.

mod barriers;
mod checks;
mod containers;
mod counts;
mod deaths;
mod elections;
mod groups;
mod locks;
mod queues;
mod read_write;
mod semaphores;
mod services;

use std::sync::{Arc, LazyLock};

use libtest_mimic::Trial;

use crate::place::Place;
use crate::programs::Programs;
use crate::world::World;

/// Told at each place, with paths of its own.
type Story = fn(&World);

const STORIES: [(&str, Story); 21] = [
    ("a_lock_is_handed_over_a_thousand_times", locks::a_lock_is_handed_over_a_thousand_times),
    ("who_waits_for_a_lock_has_it_next", locks::who_waits_for_a_lock_has_it_next),
    ("who_is_killed_keeps_nobody_waiting", deaths::who_is_killed_keeps_nobody_waiting),
    ("kazoos_own_lock_is_not_seen_by_curator", locks::kazoos_own_lock_is_not_seen_by_curator),
    ("kazoos_own_lock_and_ours_agree", locks::kazoos_own_lock_and_ours_agree),
    ("a_holder_is_asked_for_its_lock", locks::a_holder_is_asked_for_its_lock),
    ("readers_share_and_writers_do_not", read_write::readers_share_and_writers_do_not),
    ("readers_and_writers_contend", read_write::readers_and_writers_contend),
    ("a_semaphore_gives_so_many_leases", semaphores::a_semaphore_gives_so_many_leases),
    ("many_contend_for_few_leases", semaphores::many_contend_for_few_leases),
    ("leadership_moves_on", elections::leadership_moves_on),
    ("each_is_selected_once", elections::each_is_selected_once),
    ("what_one_puts_another_takes", queues::what_one_puts_another_takes),
    ("each_item_is_taken_once", queues::each_item_is_taken_once),
    ("an_item_stays_until_it_is_done_with", queues::an_item_stays_until_it_is_done_with),
    ("what_is_urgent_comes_first", queues::what_is_urgent_comes_first),
    ("a_barrier_holds_everybody", barriers::a_barrier_holds_everybody),
    ("all_enter_and_leave_together", barriers::all_enter_and_leave_together),
    ("members_see_each_other", groups::members_see_each_other),
    ("all_count_together", counts::all_count_together),
    ("what_one_offers_another_finds", services::what_one_offers_another_finds),
];

/// Told where containers go as soon as they are empty.
const TIDY_STORIES: [(&str, Story); 1] =
    [("paths_go_with_those_who_need_them", containers::paths_go_with_those_who_need_them)];

/// Told where connections are cut.
const SHAKY_STORIES: [(&str, Story); 2] = [
    ("a_lock_outlives_connections", locks::a_lock_outlives_connections),
    ("each_is_counted_once", counts::each_is_counted_once),
];

/// All of it. A place is started when its first story is told, and ends with the last.
pub(crate) fn trials(programs: &Programs) -> Vec<Trial> {
    let mut trials = checks::trials();
    for place in Place::ALL {
        trials.extend(trials_at(place, &STORIES, programs));
    }
    trials.extend(trials_at(Place::Shaky, &SHAKY_STORIES, programs));
    trials.extend(trials_at(Place::Tidy, &TIDY_STORIES, programs));
    trials
}

fn trials_at<'s>(
    place: Place,
    stories: &'s [(&str, Story)],
    programs: &Programs,
) -> impl Iterator<Item = Trial> + 's {
    let programs = programs.clone();
    let world = Arc::new(LazyLock::new(move || World::start(place, &programs)));
    stories.iter().map(move |(name, story)| {
        let (world, story) = (world.clone(), *story);
        Trial::test(format!("{place}/{name}"), move || {
            story(&world);
            Ok(())
        })
    })
}
