//! What a run of a model costs, how long it takes and what it delivers.

use super::inputs::InputSet;
use super::output::{Frame, Media, OutputShape};
use super::tier::{Credits, ExpectedSeconds};

/// What a model's page says beyond its inputs. The defaults are those of the models whose price
/// goes by `resolution` and `generation_mode`.
pub(super) trait RunTerms<'a>: InputSet<'a> {
    fn credits_per_output(&self) -> Credits {
        let credits = self.effective().tier().credits();
        credits.plus_face_reference(self.has_face_reference())
    }

    fn expected_seconds(&self) -> ExpectedSeconds {
        let seconds = self.effective().tier().expected_seconds();
        seconds.plus_face_reference(self.has_face_reference())
    }

    fn has_face_reference(&self) -> bool {
        false
    }

    fn media(&self) -> Media {
        self.effective().output_format.into()
    }

    fn shape(&self) -> OutputShape {
        OutputShape::List
    }

    /// What the outputs' size follows from.
    fn frame(&self) -> Frame;
}
