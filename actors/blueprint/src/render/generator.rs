//! Random models. (Being written.)
