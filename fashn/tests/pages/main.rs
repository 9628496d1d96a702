//! FASHN's documentation as tests, a file a page: every row of every parameter table, every cell of
//! every price table, every error row, every example.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the checks that tests share stand outside of test functions"
)]

mod answers;
mod background_remove;
mod credits_balance;
mod edit;
mod error_handling;
mod face_to_model;
mod fundamentals;
mod image_to_video;
mod model_create;
mod model_swap;
mod page;
mod product_to_model;
mod properties;
mod reframe;
mod retention;
mod table;
mod try_on_max;
mod try_on_v1_6;
