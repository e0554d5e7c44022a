//! Trials: code that uses a client, disturbed at every moment and in all weather.
//!
//! A [`Story`] is what a program does with a session, and what has to be true of it. It is played
//! undisturbed first, then once for each moment and each [`Trouble`], then by several clients in
//! worlds in which everything goes wrong.
//!
//! ```
//! use zk_client::{Error, ErrorKind};
//! use zk_sim::trial::{Actor, Story, every_moment};
//!
//! async fn write(actor: Actor) -> Result<(), Error> {
//!     let zk = actor.client();
//!     let stat = zk.get("/config").await?.stat;
//!     let written = zk.set("/config", "new").await?;
//!     assert_eq!(written.version, stat.version + 1);
//!     Ok(())
//! }
//!
//! let story = Story::new("configuration", "/config", write)
//!     .before(|actor| async move { actor.client().create("/config", "old").await.map(drop) })
//!     .tolerates(|_, error| matches!(error.kind(), ErrorKind::ConnectionLost { .. }));
//! # let story = story.without(zk_sim::trial::Trouble::TreeDeleted); // it would have to be made again
//! # let story = story.without(zk_sim::trial::Trouble::TreeWritten);
//! every_moment(&story);
//! ```

mod actor;
mod books;
mod command;
mod holders;
mod items;
mod moments;
mod scene;
mod stage;
mod story;
mod traffic;
mod trouble;
mod weather;

pub use actor::Actor;
pub use command::command;
pub use holders::Held;
pub use items::Items;
pub use moments::every_moment;
pub use scene::Scene;
pub use story::Story;
pub use traffic::Traffic;
pub use trouble::Trouble;
pub use weather::{Report, weather};
