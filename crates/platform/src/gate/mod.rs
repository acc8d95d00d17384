//! Security gates: a policy says how many open issues of a severity, and how old, a pipeline lets pass.

mod policy;
mod run;

pub use policy::{Policy, PolicyError, parse, policy_of, save};
pub use run::{Failing, Outcome, RuleResult, Run, by_id, failing, list, run};
