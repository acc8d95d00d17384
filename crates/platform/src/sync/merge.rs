//! The three-way merge of one finding: what both sides last agreed on, ours, theirs.

use crate::issue::{Pair, Status};

/// What to do about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Both sides tell the same story.
    Agree,
    /// Dependency-Track changed: the issue takes this status.
    Take(Status),
    /// The platform changed: its status goes out.
    Push,
    /// Both changed, and the platform's change is the later one.
    KeepOurs,
    /// Both changed, and Dependency-Track's change is the later one.
    YieldTo(Status),
}

/// Decides. `base` is the pair of the last agreement, `ours_at` and `theirs_at` when each side last
/// changed (epoch milliseconds, the clock's skew taken out), where known.
pub fn decide(
    base: &Pair,
    ours: Status,
    theirs: &Pair,
    show_work: bool,
    ours_at: Option<i64>,
    theirs_at: Option<i64>,
) -> Outcome {
    if ours.agrees(theirs, show_work) {
        return Outcome::Agree;
    }
    let we_changed = !ours.agrees(base, show_work);
    let they_changed = theirs != base;
    match (we_changed, they_changed) {
        (false, _) => Outcome::Take(ours.after(theirs)),
        (true, false) => Outcome::Push,
        (true, true) => match (ours_at, theirs_at) {
            // On a tie, or without a time, the platform's change stays.
            (Some(ours_at), Some(theirs_at)) if theirs_at > ours_at => Outcome::YieldTo(ours.after(theirs)),
            _ => Outcome::KeepOurs,
        },
    }
}

/// Whether both sides changed, so that the times of their changes decide.
pub fn is_conflict(base: &Pair, ours: Status, theirs: &Pair, show_work: bool) -> bool {
    !ours.agrees(theirs, show_work) && !ours.agrees(base, show_work) && theirs != base
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [&str; 6] =
        ["NOT_SET", "EXPLOITABLE", "FALSE_POSITIVE", "NOT_AFFECTED", "IN_TRIAGE", "RESOLVED"];

    fn pairs() -> Vec<Pair> {
        STATES.iter().flat_map(|state| [Pair::new(*state, false), Pair::new(*state, true)]).collect()
    }

    fn statuses() -> impl Iterator<Item = Status> {
        Status::ALL.into_iter().filter(|s| s.to_push(false).is_some())
    }

    /// A push read back gives the same status, whatever was there before.
    #[test]
    fn what_is_pushed_agrees_when_it_is_read_back() {
        for show in [false, true] {
            for status in statuses() {
                for before in pairs() {
                    let (state, suppressed) = status.to_push(show).unwrap();
                    let pushed = Pair::new(state.unwrap_or(&before.state), suppressed);
                    assert!(status.agrees(&pushed, show), "{status:?} pushed onto {before:?}");
                    assert_eq!(decide(&pushed, status, &pushed, show, None, None), Outcome::Agree);
                }
            }
        }
    }

    /// Over every combination: a change of one side wins, and what is taken agrees afterwards.
    #[test]
    fn every_combination_is_decided_by_who_changed() {
        for (base, theirs) in
            pairs().into_iter().flat_map(|base| pairs().into_iter().map(move |t| (base.clone(), t)))
        {
            for (ours, show) in statuses().flat_map(|ours| [(ours, false), (ours, true)]) {
                let decided = |ours_at, theirs_at| decide(&base, ours, &theirs, show, ours_at, theirs_at);
                match decided(Some(1), Some(2)) {
                    Outcome::Agree => assert!(ours.agrees(&theirs, show)),
                    Outcome::Take(status) => {
                        assert!(ours.agrees(&base, show) && base != theirs, "{base:?} {ours:?} {theirs:?}");
                        assert!(status.agrees(&theirs, show));
                    }
                    Outcome::Push => assert!(!ours.agrees(&base, show) && base == theirs),
                    Outcome::YieldTo(status) => {
                        assert!(is_conflict(&base, ours, &theirs, show) && status.agrees(&theirs, show));
                        assert_eq!(decided(Some(2), Some(2)), Outcome::KeepOurs);
                        assert_eq!(decided(None, Some(2)), Outcome::KeepOurs);
                    }
                    Outcome::KeepOurs => panic!("theirs is later"),
                }
            }
        }
    }

    /// The table of the integration, row by row.
    #[test]
    fn their_pairs_give_the_statuses_of_the_table() {
        let cases = [
            ("NOT_SET", false, Status::Identified),
            ("EXPLOITABLE", false, Status::RiskAccepted),
            ("FALSE_POSITIVE", false, Status::FalsePositive),
            ("NOT_AFFECTED", false, Status::FalsePositive),
            ("IN_TRIAGE", false, Status::InProgress),
            ("RESOLVED", false, Status::AwaitingValidation),
            ("EXPLOITABLE", true, Status::Suppressed),
        ];
        for (state, suppressed, wanted) in cases {
            assert_eq!(Status::Identified.after(&Pair::new(state, suppressed)), wanted);
        }
        assert_eq!(Status::InProgress.after(&Pair::new("NOT_SET", false)), Status::InProgress);
        assert_eq!(Status::RiskAccepted.after(&Pair::new("NOT_SET", false)), Status::Identified);
    }
}
