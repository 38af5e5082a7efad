//! A deterministic zip: sorted names, fixed time, fixed modes, so that the same files give the same bytes. (Being written.)
