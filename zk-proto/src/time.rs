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
pub struct Instant(Duration);

impl Instant {
    /// The moment from which the others are counted.
    pub const ORIGIN: Self = Self(Duration::ZERO);

    /// The moment this long after the origin.
    #[must_use]
    pub const fn since_origin(duration: Duration) -> Self {
        Self(duration)
    }

    /// How long after `earlier`; zero if it is not after.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates at the end of time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0.as_secs(), self.0.subsec_millis())
    }
}

/// `numerator / denominator` of a duration, for the fractions of a session timeout.
pub(crate) fn fraction(duration: Duration, numerator: u32, denominator: u32) -> Duration {
    duration.saturating_mul(numerator).checked_div(denominator).unwrap_or(duration)
}
