//! Common Platform Enumeration: names (NISTIR 7695), their matching (NISTIR 7696), and the
//! configurations by which the NVD says what is affected.

mod attribute;
mod configuration;
mod language;
mod matching;
mod text;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use attribute::{Attribute, Pattern, Relation};
pub use configuration::{Configuration, Criterion, Operator};
pub use matching::Product;

use crate::Error;

/// A name of a class of products: a well-formed name with its eleven attributes (NISTIR 7695, §5).
///
/// Its text is the formatted string of CPE 2.3. Letters are lower case: names have no case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it, see NISTIR 7695, §5.2")]
pub struct Name {
    /// `a` application, `o` operating system, `h` hardware.
    pub part: Attribute,
    pub vendor: Attribute,
    pub product: Attribute,
    pub version: Attribute,
    pub update: Attribute,
    /// What CPE 2.2 called the edition.
    pub edition: Attribute,
    /// A language tag (RFC 5646).
    pub language: Attribute,
    pub sw_edition: Attribute,
    /// The software it runs in or with: `node.js`, `wordpress`, `android`.
    pub target_sw: Attribute,
    pub target_hw: Attribute,
    pub other: Attribute,
}

impl Name {
    /// Reads a formatted string (`cpe:2.3:a:…`) or a URI of CPE 2.2 (`cpe:/a:…`), in any case.
    ///
    /// Punctuation that ought to be escaped and is not stands for itself.
    ///
    /// # Errors
    /// [`Error::Cpe`] when the number of attributes is wrong, one is empty, an escape is broken, a
    /// wildcard stands in the middle, or a character is not printable ASCII.
    pub fn parse(text: &str) -> Result<Name, Error> {
        text::parse(text).map_err(|message| Error::Cpe {
            cpe: text.chars().take(200).collect(),
            message: message.to_owned(),
        })
    }

    /// The formatted string of CPE 2.3.
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(64);
        // Writing to a text cannot fail.
        let _ = text::write(self, 11, &mut out);
        out
    }

    /// The URI of CPE 2.2, extended attributes packed into the edition (NISTIR 7695, §6.1).
    pub fn to_uri(&self) -> String {
        text::uri(self)
    }

    /// The attributes in the order of the specification.
    pub fn attributes(&self) -> [&Attribute; 11] {
        [
            &self.part,
            &self.vendor,
            &self.product,
            &self.version,
            &self.update,
            &self.edition,
            &self.language,
            &self.sw_edition,
            &self.target_sw,
            &self.target_hw,
            &self.other,
        ]
    }

    /// How the set of products that this name means relates to that of another (NISTIR 7696, §6.2).
    pub fn relation(&self, target: &Name) -> Relation {
        let mut all = Relation::Equal;
        for (source, target) in self.attributes().into_iter().zip(target.attributes()) {
            all = match (all, source.relation(target)) {
                (_, Relation::Disjoint) => return Relation::Disjoint,
                (all, Relation::Equal) => all,
                (Relation::Equal, one) => one,
                (all, one) if all == one => all,
                _ => Relation::Undefined,
            };
        }
        all
    }

    /// Vendor and product, by which a store finds names that may match: `*` for any, also where the
    /// attribute has wildcards, and `-` for none.
    pub fn key(&self) -> (&str, &str) {
        (self.vendor.key(), self.product.key())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(self, 11, out)
    }
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Name, Error> {
        Name::parse(text)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Name, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(input)?;
        Name::parse(&text).map_err(serde::de::Error::custom)
    }
}
