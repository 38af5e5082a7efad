//! MCP as data: bytes in, typed requests out, and back. Every protocol rule here is a table test.
//!
//! Invariant: no axum, no async, no engine calls; [`json::check`] runs before anything else reads a body.

pub mod answers;
pub mod archive;
pub mod arguments;
pub mod envelope;
pub mod era;
pub mod fault;
pub mod headers;
pub mod json;
pub mod members;
pub mod params;
pub mod reply;
pub mod schemas;
pub mod sse;
pub mod tools;
pub mod version;
