//! How a count is written.

use bytes::Bytes;
use zk_client::{Error, Misuse};

/// How a count is written into its node. An empty node counts zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CounterLayout {
    /// 8 bytes, the highest first: Curator's `DistributedAtomicLong`.
    #[default]
    Int64,
    /// 4 bytes, the highest first: Curator's `SharedCount` and `DistributedAtomicInteger`, and
    /// kazoo's `Counter` with `support_curator`. From -2^31 to 2^31 - 1.
    Int32,
    /// Decimal digits: kazoo's `Counter`.
    Text,
}

impl CounterLayout {
    pub(super) fn read(self, data: &[u8]) -> Result<i64, Error> {
        if data.is_empty() {
            return Ok(0);
        }
        let count = match self {
            Self::Int64 => data.try_into().ok().map(i64::from_be_bytes),
            Self::Int32 => data.try_into().ok().map(|bytes| i32::from_be_bytes(bytes).into()),
            Self::Text => str::from_utf8(data).ok().and_then(|text| text.parse().ok()),
        };
        count.ok_or_else(|| misuse(format!("these {} bytes are no count", data.len())))
    }

    pub(super) fn write(self, count: i64) -> Result<Bytes, Error> {
        let range = |_| misuse(format!("a counter of 4 bytes has no room for {count}"));
        Ok(match self {
            Self::Int64 => count.to_be_bytes().to_vec(),
            Self::Int32 => i32::try_from(count).map_err(range)?.to_be_bytes().to_vec(),
            Self::Text => count.to_string().into_bytes(),
        }
        .into())
    }
}

pub(super) fn misuse(text: String) -> Error {
    Misuse::Text(text.into()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [CounterLayout; 3] =
        [CounterLayout::Int64, CounterLayout::Int32, CounterLayout::Text];

    #[test]
    fn what_is_written_is_read() {
        for layout in ALL {
            for count in [0, 1, -1, 7, i64::from(i32::MIN), i64::from(i32::MAX)] {
                assert_eq!(layout.read(&layout.write(count).unwrap()).unwrap(), count);
            }
            assert_eq!(layout.read(b"").unwrap(), 0);
        }
    }

    #[test]
    fn the_bytes_are_those_of_others() {
        assert_eq!(CounterLayout::Int32.write(7).unwrap(), "\0\0\0\x07");
        assert_eq!(CounterLayout::Int32.write(-2).unwrap(), &b"\xff\xff\xff\xfe"[..]);
        assert_eq!(CounterLayout::Int64.write(7).unwrap(), "\0\0\0\0\0\0\0\x07");
        assert_eq!(CounterLayout::Text.write(-12).unwrap(), "-12");
    }

    #[test]
    fn what_is_no_count_is_told() {
        let bad = [
            (CounterLayout::Int64, "1234"),
            (CounterLayout::Int32, "12"),
            (CounterLayout::Text, "2.0"),
        ];
        for (layout, data) in bad {
            layout.read(data.as_bytes()).unwrap_err();
        }
        let error = CounterLayout::Int32.write(1 << 31).unwrap_err();
        assert_eq!(error.to_string(), "a counter of 4 bytes has no room for 2147483648");
    }
}
