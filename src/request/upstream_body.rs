//! The body that FASHN gets, made in the one that came: a photograph of megabytes stays where it lies, and what stands
//! around it is written before, between and behind the pictures. Writing all of it anew took longer than everything else
//! that is done with it.

use std::ops::Range;

use fashn::image::Image;
use fashn::models::Inputs;

/// A run as JSON, cut where its pictures are.
#[derive(Debug, PartialEq, Eq)]
pub struct Pieces<'p> {
    /// What stands before each picture, and the picture. All but the first begin with the quote that closes the one before.
    pictures: Vec<(&'p str, &'p [u8])>,
    tail: &'p str,
}

/// Free bytes around the body that came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Margins {
    /// Before it.
    pub before: usize,
    /// Behind it.
    pub behind: usize,
}

/// What makes FASHN's body of the one that came. Places are counted from the first free byte before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Patch {
    /// What is written over, and with what.
    pub writes: Vec<(usize, String)>,
    /// What is FASHN's then.
    pub body: Range<usize>,
}

/// More spaces than these between two pictures are not worth sending.
const SPACES_MOST: usize = 1 << 10;

impl<'p> Pieces<'p> {
    /// `outline` is the run as JSON, with a stand-in for each picture that has one.
    #[must_use]
    pub fn of(outline: &'p str, inputs: &'p Inputs<'_>) -> Self {
        // As they stand in the outline.
        let mut found: Vec<(Range<usize>, &[u8])> = Vec::new();
        for picture in inputs.pictures() {
            if let Image::Data(data) = picture.image
                && let Some(stand_in) = data.stand_in()
            {
                // Within a text the quotes would be escaped.
                let entry = ["\"", picture.field, "\":\"", stand_in, "\""].concat();
                if let Some(at) = outline.find(&entry) {
                    let end = at + entry.len() - 1;
                    let before = found.partition_point(|(other, _)| other.start < at);
                    found.insert(before, (end - stand_in.len()..end, data.bytes()));
                }
            }
        }
        let mut rest = 0;
        let pictures = found.into_iter().map(|(at, text)| {
            let before = outline.get(rest..at.start).unwrap_or_default();
            rest = at.end;
            (before, text)
        });
        Self {
            pictures: pictures.collect(),
            tail: outline.get(rest..).unwrap_or_default(),
        }
    }

    /// How the body is made in place, if it can be: each picture lies there without an escape, in the order of the pieces,
    /// and what stands around them finds room.
    #[must_use]
    pub fn patch(&self, came: &[u8], margins: Margins) -> Option<Patch> {
        let mut writes = Vec::with_capacity(self.pictures.len() + 1);
        let mut start = 0;
        // Where the last picture ends.
        let mut end: Option<usize> = None;
        for (before, picture) in &self.pictures {
            let lies = place_in(came, picture)?;
            let at = margins.before + lies.start;
            match end {
                None => {
                    start = at.checked_sub(before.len())?;
                    writes.push((start, (*before).to_owned()));
                }
                Some(end) => {
                    let spaces = at.checked_sub(end)?.checked_sub(before.len())?;
                    if spaces > SPACES_MOST {
                        return None;
                    }
                    let (quote, entry) = before.split_at_checked(1)?;
                    writes.push((end, [quote, &" ".repeat(spaces), entry].concat()));
                }
            }
            end = Some(margins.before + lies.end);
        }
        let behind = end?;
        let body = start..behind + self.tail.len();
        if body.end > margins.before + came.len() + margins.behind {
            return None;
        }
        writes.push((behind, self.tail.to_owned()));
        Some(Patch { writes, body })
    }

    /// All of it in its order: the body, written anew.
    pub fn all(&self) -> impl Iterator<Item = &'p [u8]> {
        let pictures = self.pictures.iter();
        pictures
            .flat_map(|(before, picture)| [before.as_bytes(), *picture])
            .chain([self.tail.as_bytes()])
    }
}

/// Where a part lies that was read out of `whole` and not copied.
fn place_in(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let place = start..start.checked_add(part.len())?;
    let found = whole.get(place.clone())?;
    std::ptr::eq(found, part).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fashn::image::AnyImage;
    use fashn::skeleton::Skeleton;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::auth::ids::Signer;
    use crate::auth::secret::Secret;
    use crate::request::fingerprint::Marked;
    use crate::request::parse::Run;

    const PHOTO: &str = "data:image/png;base64,UEhPVE8=";
    const SHIRT: &str = "data:image/jpeg;base64,U0hJUlQ=";

    /// What FASHN gets of a body, and whether it was made in place.
    fn outgoing(came: &str, margins: Margins) -> (String, bool) {
        let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
        let marked = Marked::new(&signer, &AnyImage);
        let skeleton = Skeleton::of(came.as_bytes());
        let run = Run::read(&skeleton, &marked, None).expect("a run");
        let outline = run.to_json().expect("serialises");
        assert!(!outline.contains("base64"), "{outline}");
        let pieces = Pieces::of(&outline, run.inputs());
        let anew = String::from_utf8(pieces.all().flatten().copied().collect()).expect("UTF-8");
        let Some(Patch { writes, body }) = pieces.patch(came.as_bytes(), margins) else {
            return (anew, false);
        };
        let mut bytes = vec![b'#'; margins.before + came.len() + margins.behind];
        bytes[margins.before..][..came.len()].copy_from_slice(came.as_bytes());
        for (at, text) in writes {
            bytes[at..][..text.len()].copy_from_slice(text.as_bytes());
        }
        let patched = String::from_utf8(bytes[body].to_vec()).expect("UTF-8");
        assert_eq!(read(&patched), read(&anew));
        (patched, true)
    }

    fn read(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    fn roomy() -> Margins {
        Margins {
            before: 256,
            behind: 256,
        }
    }

    #[test]
    fn what_stands_around_a_picture_is_written_around_it() {
        let came = format!(
            r#"{{"timeout":9,"model_name":"tryon-v1.6","inputs":{{"model_image":"{PHOTO}","seed":7.0,"garment_image":"https:\/\/a.example/g.jpg"}},"more":1}}"#
        );
        let (body, in_place) = outgoing(&came, roomy());
        assert!(in_place);
        insta::assert_snapshot!(body, @r#"{"model_name":"tryon-v1.6","inputs":{"model_image":"data:image/png;base64,UEhPVE8=","garment_image":"https://a.example/g.jpg","seed":7}}"#);
    }

    #[test]
    fn between_two_pictures_spaces_fill_what_is_left_out() {
        let came = format!(
            r#"{{"inputs":{{"model_image":"{PHOTO}","seed":7,"garment_image":"{SHIRT}"}},"model_name":"tryon-v1.6"}}"#
        );
        let (body, in_place) = outgoing(&came, roomy());
        assert!(in_place);
        insta::assert_snapshot!(body, @r#"{"model_name":"tryon-v1.6","inputs":{"model_image":"data:image/png;base64,UEhPVE8="         ,"garment_image":"data:image/jpeg;base64,U0hJUlQ=","seed":7}}"#);
    }

    #[test]
    fn one_picture_may_stand_for_two() {
        let came = format!(
            r#"{{"model_name":"tryon-v1.6","inputs":{{"model_image":"{PHOTO}","garment_image":"{PHOTO}"}}}}"#
        );
        assert_eq!(outgoing(&came, Margins::default()), (came, true));
    }

    #[test]
    fn a_text_that_looks_like_a_place_is_none() {
        let prompt = r#"\"image\":\"AAAAAAAAAAAAAAAAAAAAAA\""#;
        let came = format!(
            r#"{{"model_name":"edit","inputs":{{"prompt":"{prompt}","image":"{PHOTO}"}}}}"#
        );
        assert!(outgoing(&came, roomy()).0.contains(prompt));
    }

    #[test]
    fn what_does_not_lie_as_it_must_is_written_anew() {
        let far = " ".repeat(SPACES_MOST + 1);
        let escaped = PHOTO.replace('/', r"\/");
        for (why, inputs) in [
            ("another order", format!(r#""garment_image":"{SHIRT}","model_image":"{PHOTO}""#)),
            ("an escape", format!(r#""model_image":"{escaped}","garment_image":"https://a.example/g.jpg""#)),
            ("too far apart", format!(r#""model_image":"{PHOTO}",{far}"garment_image":"{SHIRT}""#)),
            ("no picture", r#""model_image":"https://a.example/m.jpg","garment_image":"https://a.example/g.jpg""#.to_owned()),
        ] {
            let came = format!(r#"{{"model_name":"tryon-v1.6","inputs":{{{inputs}}}}}"#);
            let (body, in_place) = outgoing(&came, roomy());
            assert!(!in_place, "{why}");
            assert_eq!(read(&body)["inputs"], read(&format!("{{{inputs}}}")), "{why}");
        }
    }

    proptest! {
        #[test]
        fn in_place_or_not_fashn_gets_the_same(
            seed in any::<u32>(),
            order in Just(["model_image", "garment_image", "seed", "mode"]).prop_shuffle(),
            spaces in 0_usize..80,
            (before, behind) in (0_usize..120, 0_usize..120),
            is_first in any::<bool>(),
        ) {
            let values = json!({"model_image": PHOTO, "garment_image": SHIRT, "seed": seed, "mode": "quality"});
            let space = " ".repeat(spaces);
            let entries: Vec<_> = order
                .iter()
                .map(|name| format!(r#""{name}":{space}{}"#, values[*name]))
                .collect();
            let inputs = format!(r#""inputs":{{{}}}"#, entries.join(","));
            let model = r#""model_name":"tryon-v1.6""#.to_owned();
            let parts = if is_first { [model, inputs] } else { [inputs, model] };
            let came = format!("{{{}}}", parts.join(&format!("{space},")));
            let (body, _) = outgoing(&came, Margins { before, behind });
            prop_assert_eq!(read(&body), json!({"model_name": "tryon-v1.6", "inputs": values}));
        }
    }
}
