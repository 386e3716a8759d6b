//! Tests of the stages together, over an engine in memory that fails as it is told, and over the default one.

mod admitting;
mod checking;
mod cosigning;
mod helpers;
mod keeping;
mod model;
mod opening;
mod rounds;
mod totals;
