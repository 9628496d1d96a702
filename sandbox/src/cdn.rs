//! File names and byte ranges of outputs.

use fashn::models::Media;

/// The number in `output_3.png`.
pub fn output_number(file: &str) -> Option<u32> {
    let (name, _) = file.split_once('.')?;
    name.strip_prefix("output_")?.parse().ok()
}

/// The media type by the file's extension.
pub fn media_type(file: &str) -> Option<&'static str> {
    let (_, extension) = file.split_once('.')?;
    let mp4 = Media::Mp4 { duration_seconds: 0 };
    [Media::Png, Media::Jpeg, mp4]
        .into_iter()
        .find(|media| media.extension() == extension)
        .map(Media::media_type)
}

/// The bytes that a `Range` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Everything: no header, several ranges, or one that can't be read (a server may ignore those,
    /// RFC 9110).
    Whole,
    /// Those bytes, both included.
    Part {
        /// From 0.
        first: u64,
        /// At most the last one.
        last: u64,
    },
    /// Bytes beyond the end.
    Unsatisfiable,
}

impl Range {
    /// Parses the header for a file of that length.
    pub fn parse(header: Option<&str>, length: u64) -> Self {
        let Some((start, end)) =
            header.and_then(|header| header.trim().strip_prefix("bytes=")?.split_once('-'))
        else {
            return Self::Whole;
        };
        match (start.trim().parse::<u64>(), end.trim().parse::<u64>()) {
            (Ok(first), _) if first >= length => Self::Unsatisfiable,
            (Ok(first), Ok(last)) if first <= last => {
                Self::Part { first, last: last.min(length - 1) }
            }
            (Ok(first), Err(_)) if end.trim().is_empty() => Self::Part { first, last: length - 1 },
            (Err(_), Ok(0)) if start.trim().is_empty() => Self::Unsatisfiable,
            (Err(_), Ok(tail)) if start.trim().is_empty() && length > 0 => {
                Self::Part { first: length.saturating_sub(tail), last: length - 1 }
            }
            _ => Self::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_number_and_type() {
        assert_eq!(output_number("output_0.png"), Some(0));
        assert_eq!(output_number("output_12.jpeg"), Some(12));
        assert_eq!(output_number("input_0.png"), None);
        assert_eq!(media_type("output_0.jpeg"), Some("image/jpeg"));
        assert_eq!(media_type("output_0.exe"), None);
    }

    #[test]
    fn ranges_are_parsed_as_in_rfc_9110() {
        let part = |first, last| Range::Part { first, last };
        for (header, range) in [
            (None, Range::Whole),
            (Some("bytes=0-99"), part(0, 99)),
            (Some("bytes=10-"), part(10, 999)),
            (Some("bytes=-5"), part(995, 999)),
            (Some("bytes=-5000"), part(0, 999)),
            (Some("bytes=990-5000"), part(990, 999)),
            (Some("bytes=1000-"), Range::Unsatisfiable),
            (Some("bytes=-0"), Range::Unsatisfiable),
            (Some("bytes=5-2"), Range::Whole),
            (Some("bytes=0-1,5-6"), Range::Whole),
            (Some("lines=1-2"), Range::Whole),
            (Some("bytes=a-b"), Range::Whole),
        ] {
            assert_eq!(Range::parse(header, 1000), range, "{header:?}");
        }
    }
}
