//! Time as the caller tells it.

use core::fmt;
use core::ops::Add;
use core::time::Duration;

/// A moment: how long after an origin that the caller chose.
///
/// The core never reads a clock. Whoever drives it decides what the origin is (the start of the
/// process, of a simulation, of a recording) and passes the present moment with each input.
///
/// ```
/// use core::time::Duration;
/// use zk_proto::Instant;
///
/// let start = Instant::ORIGIN + Duration::from_millis(1_500);
/// assert_eq!(start.saturating_since(Instant::ORIGIN), Duration::from_millis(1_500));
/// assert_eq!(start.to_string(), "1.500s");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    nanos: u64,
}

impl Instant {
    /// The moment from which the others are counted.
    pub const ORIGIN: Self = Self { nanos: 0 };

    /// The moment this long after the origin: after 584 years, time ends.
    #[must_use]
    pub const fn since_origin(duration: Duration) -> Self {
        Self { nanos: nanos(duration) }
    }

    /// How long after `earlier`; zero if it is not after.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos.saturating_sub(earlier.nanos))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates at the end of time.
    fn add(self, duration: Duration) -> Self {
        Self { nanos: self.nanos.saturating_add(nanos(duration)) }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_origin = self.saturating_since(Self::ORIGIN);
        write!(f, "{}.{:03}s", since_origin.as_secs(), since_origin.subsec_millis())
    }
}

const fn nanos(duration: Duration) -> u64 {
    let nanos = duration.as_secs().saturating_mul(1_000_000_000);
    nanos.saturating_add(duration.subsec_nanos() as u64)
}

/// `numerator / denominator` of a duration, for the fractions of a session timeout.
pub(crate) fn fraction(duration: Duration, numerator: u32, denominator: u32) -> Duration {
    duration.saturating_mul(numerator).checked_div(denominator).unwrap_or(duration)
}
