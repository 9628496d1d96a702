//! The renderer: a job and its loaded pictures become output files, each marked as the sandbox's.

mod clips;
mod codec;
mod cut_out;
mod label;
mod placeholder;
mod render;
mod scale;
mod try_on;

pub use render::{LoadedPicture, example, image_load_error, render};
