//! Who is killed keeps nobody waiting for longer than its session lasts.

use crate::actor::Actor;
use crate::programs::Language;
use crate::world::World;

/// How something is held that only one can hold.
struct Holding {
    recipe: &'static str,
    /// What to say, with the path for `PATH`. The last one waits.
    commands: &'static [&'static str],
    /// Below the path, where those are that wait.
    room: &'static str,
    /// Whether the holder is there as well.
    seats: usize,
}

const HOLDINGS: [Holding; 4] = [
    Holding { recipe: "mutex", commands: &["mutex acquire PATH"], room: "", seats: 1 },
    Holding { recipe: "write", commands: &["write acquire PATH"], room: "", seats: 1 },
    Holding {
        recipe: "semaphore",
        commands: &["semaphore acquire PATH 1"],
        room: "/locks",
        seats: 0,
    },
    Holding {
        recipe: "latch",
        commands: &["latch start PATH id", "latch wait"],
        room: "",
        seats: 1,
    },
];

/// One of each language holds something, another one is next, and a third one comes after it. Then
/// the first two are killed, of all languages.
pub(super) fn who_is_killed_keeps_nobody_waiting(world: &World) {
    let victims = Language::ALL.map(|language| (language, world.victim(language)));
    let mut heirs = Vec::new();
    for holding in &HOLDINGS {
        let languages = Language::with(holding.recipe);
        let victim = |language| victims.iter().find(|(spoken, _)| *spoken == language).unwrap();
        for (index, language) in languages.iter().enumerate() {
            let next = languages[(index + 1) % languages.len()];
            let path = format!("/killed/{}-{index}", holding.recipe);
            let line =
                [victim(*language).1.actor(), victim(next).1.actor(), world.actor(*language)];
            let [holder, followers @ ..] = &line;
            holding.begin(holder, &path);
            holder.answer();
            for (follower, place) in followers.iter().zip(1..) {
                holding.begin(follower, &path);
                world.wait_for_children(&format!("{path}{}", holding.room), holding.seats + place);
            }
            assert!(followers.iter().all(Actor::is_waiting), "{path}");
            let [_, _, heir] = line;
            heirs.push(heir);
        }
    }
    victims.iter().for_each(|(_, victim)| victim.kill());
    for heir in &heirs {
        heir.answer();
    }
}

impl Holding {
    /// Until it waits.
    fn begin(&self, actor: &Actor<'_>, path: &str) {
        for command in self.commands {
            actor.tell(&command.replace("PATH", path));
        }
        (1..self.commands.len()).for_each(|_| drop(actor.answer()));
    }
}
