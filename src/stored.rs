//! How what is stored is written, and what the Worker and its objects say to each other: postcard, a binary form of
//! serde's that has no names in it, behind one byte that says which generation wrote it.
//!
//! JSON would say more to a human eye; its readers for these thirty types cost 38 kB of the bundle's 250 (gzip).
//! Each type is pinned by a test: who changes one raises [`GENERATION`] and lets the former be read for as long as
//! anything of it can be stored (72 hours).

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which generation of the types writes.
pub const GENERATION: u8 = 5;

/// Bytes that can't be read. It says nothing of them.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unreadable {
    /// Another release wrote them.
    #[error("stored by another generation of this software")]
    Generation,
    /// They are not what they should be.
    #[error("stored bytes are broken")]
    Broken,
}

/// Writes a value.
#[must_use]
pub fn write<T: Serialize>(value: &T) -> Vec<u8> {
    // Writing into memory does not fail; a type that can't be written is found by the tests that pin it.
    postcard::to_extend(value, vec![GENERATION]).unwrap_or_default()
}

/// Reads a value.
///
/// # Errors
/// [`Unreadable`].
pub fn read<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Unreadable> {
    match bytes {
        [GENERATION, rest @ ..] => postcard::from_bytes(rest).map_err(|_| Unreadable::Broken),
        [_, ..] => Err(Unreadable::Generation),
        [] => Err(Unreadable::Broken),
    }
}

/// A value's pin: what it is, and its bytes.
///
/// # Panics
/// It isn't read as it was written.
#[cfg(test)]
pub fn pin<T>(value: &T) -> String
where
    T: Serialize + for<'a> Deserialize<'a> + PartialEq + std::fmt::Debug,
{
    let bytes = write(value);
    assert_eq!(
        read::<T>(&bytes).as_ref(),
        Ok(value),
        "it is read as it was written"
    );
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{value:?}\n{}", hex.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_nothing_else_is() {
        let written = write(&("text", Some(7_u64), [1_u8, 2]));
        assert_eq!(read(&written), Ok(("text", Some(7_u64), [1_u8, 2])));
        assert_eq!(read::<(&str, u64)>(&[]), Err(Unreadable::Broken));
        assert_eq!(read::<(&str, u64)>(&[GENERATION]), Err(Unreadable::Broken));
        assert_eq!(
            read::<u64>(&[GENERATION + 1, 7]),
            Err(Unreadable::Generation)
        );
    }
}
