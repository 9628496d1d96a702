//! The body that FASHN gets: the run's JSON with its pictures where their placeholders are.

use std::ops::Range;

use fashn::image::{DataUrl, Image};
use fashn::models::Inputs;

/// The body in segments, text and pictures in turns: a photograph of megabytes is copied once,
/// where the segments are joined.
#[derive(Debug, PartialEq, Eq)]
pub struct UpstreamBody<'p> {
    segments: Vec<&'p [u8]>,
}

impl<'p> UpstreamBody<'p> {
    /// Of a run's [canonical JSON](crate::request::parse::Run::canonical_json) and its inputs.
    pub fn of(canonical_json: &'p str, inputs: &'p Inputs<'_>) -> Self {
        // In the order of the JSON.
        let mut placeholders: Vec<(Range<usize>, &DataUrl<'_>)> = Vec::new();
        for picture in inputs.pictures() {
            if let Image::Data(data) = picture.image
                && let Some(placeholder) = data.placeholder()
            {
                // Inside of a text, the quotes would be escaped.
                let entry = ["\"", picture.field, "\":\"", placeholder, "\""].concat();
                if let Some(at) = canonical_json.find(&entry) {
                    let end = at + entry.len() - 1;
                    let start = end - placeholder.len();
                    let before = placeholders.partition_point(|(other, _)| other.start < at);
                    placeholders.insert(before, (start..end, data));
                }
            }
        }
        let mut segments = Vec::with_capacity(3 * placeholders.len() + 1);
        let mut rest = 0;
        for (at, picture) in placeholders {
            let text = canonical_json.get(rest..at.start).unwrap_or_default();
            segments.extend([text.as_bytes(), picture.prefix(), picture.base64()]);
            rest = at.end;
        }
        let tail = canonical_json.get(rest..).unwrap_or_default();
        segments.push(tail.as_bytes());
        Self { segments }
    }

    /// A body that is passed on as it came.
    pub fn as_it_came(json: &'p [u8]) -> Self {
        Self { segments: vec![json] }
    }

    pub fn len_bytes(&self) -> usize {
        self.segments.iter().map(|segment| segment.len()).sum()
    }

    pub fn segments(&self) -> &[&'p [u8]] {
        &self.segments
    }
}

#[cfg(test)]
mod tests;
