//! What an agent is given and must give back: the brief's text, the output contract, the chain of providers, the
//! embedded provider.

pub mod chain;
pub mod contract;
pub mod embedded;
pub mod pool;
pub mod request;
