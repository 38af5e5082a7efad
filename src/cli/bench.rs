//! `bench`: ratios against floors taken in the same run.

use clap::Args;

use super::Failure;

#[derive(Args, Debug)]
pub(super) struct BenchArgs {}

pub(super) fn bench(_args: &BenchArgs) -> Result<(), Failure> {
    Err(Failure::failed("not there yet"))
}
