//! Values of attributes and how they relate (NISTIR 7696, §6.1).

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Attribute {
    /// `*`: no restriction.
    #[default]
    Any,
    /// `-`: not applicable.
    Na,
    /// A text without escapes, in lower case.
    Value(Box<str>),
    /// A text with wildcards at its ends.
    Pattern(Box<Pattern>),
}

/// A text with wildcards: `*` for any characters, each `?` for one or none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    /// How many characters may precede the text; none is any number.
    pub before: Option<usize>,
    /// The text without escapes, in lower case.
    pub text: Box<str>,
    /// How many characters may follow the text; none is any number.
    pub after: Option<usize>,
}

/// How the source relates to the target: as sets of values, or of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Nothing is in both.
    Disjoint,
    /// They are the same.
    Equal,
    /// The source is within the target.
    Subset,
    /// The target is within the source.
    Superset,
    /// Not defined: the target has wildcards, or the sets overlap.
    Undefined,
}

impl Attribute {
    /// The relation of this value, the source, to a target: table 6-2.
    pub fn relation(&self, target: &Attribute) -> Relation {
        use Attribute::{Any, Na, Pattern, Value};
        match (self, target) {
            (_, Pattern(_)) => Relation::Undefined,
            (Any, Any) | (Na, Na) => Relation::Equal,
            (Any, _) => Relation::Superset,
            (_, Any) => Relation::Subset,
            (Na, Value(_)) | (Value(_) | Pattern(_), Na) => Relation::Disjoint,
            (Value(source), Value(target)) if source == target => Relation::Equal,
            (Value(_), Value(_)) => Relation::Disjoint,
            (Pattern(source), Value(target)) if source.covers(target) => Relation::Superset,
            (Pattern(_), Value(_)) => Relation::Disjoint,
        }
    }

    /// Whether some value may be in both. Where the target has wildcards, it is asked the other way
    /// round, which the specification leaves to others.
    pub(crate) fn overlaps(&self, target: &Attribute) -> bool {
        match self.relation(target) {
            Relation::Disjoint => false,
            Relation::Undefined => target.relation(self) != Relation::Disjoint,
            _ => true,
        }
    }

    /// See [`super::Name::key`].
    pub(super) fn key(&self) -> &str {
        match self {
            Attribute::Any | Attribute::Pattern(_) => "*",
            Attribute::Na => "-",
            Attribute::Value(text) => text,
        }
    }
}

impl Pattern {
    fn covers(&self, text: &str) -> bool {
        let fits = |length: usize, limit: Option<usize>| limit.is_none_or(|limit| length <= limit);
        // Everything is ASCII, so a byte is a character.
        let at_end = text.len().checked_sub(self.text.len());
        at_end.is_some_and(|last| {
            (0..=last).any(|at| {
                fits(at, self.before)
                    && fits(last - at, self.after)
                    && text.get(at..).is_some_and(|rest| rest.starts_with(&*self.text))
            })
        })
    }
}
