//! x
/// Engine.
#[derive(Debug)] pub struct Engine;
