//! Which worlds are simulated: others for each commit.

use std::num::ParseIntError;
use std::process::Command;

/// The commit that is checked out.
#[must_use]
pub fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let id = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    id.map_or_else(|| "unknown".into(), |id| String::from_utf8_lossy(&id).trim().to_owned())
}

/// Where to begin to draw seeds for a commit.
#[must_use]
pub fn from_commit(commit: &str) -> u64 {
    mix(commit.bytes().fold(7, |sum, byte| mix(sum ^ u64::from(byte))))
}

/// Scatters numbers (`splitmix64`).
#[must_use]
pub fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A number, in hexadecimal if it begins with `0x`.
///
/// # Errors
///
/// It is no number.
pub fn number(text: &str) -> Result<u64, ParseIntError> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    }
}
