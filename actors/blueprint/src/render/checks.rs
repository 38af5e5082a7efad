//! Checks of all documents together. (Being written.)
