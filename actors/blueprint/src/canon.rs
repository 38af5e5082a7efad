//! Canonical text: what spans point into. (Being written.)
