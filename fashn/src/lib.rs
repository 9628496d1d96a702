//! FASHN's API as types.
