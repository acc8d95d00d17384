//! Advisories: what sources say of vulnerabilities. Every source keeps its own record; what has not
//! changed is skipped, and only packages of changed advisories are analysed anew.

mod follow;
mod group;
mod merge;
mod store;

pub(crate) use follow::{follow, queue, register};
pub(crate) use merge::Told;
pub(crate) use store::{retract, write};

use advisories::Advisory;
use serde::Serialize;

use crate::package_version::{CPE, product_key};

/// Whose record it is. The order decides who fills in what the owner of an id leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    /// Open Source Vulnerabilities.
    Osv,
    /// GitHub Security Advisories.
    Github,
    /// The National Vulnerability Database.
    Nvd,
    /// Snyk.
    Snyk,
    /// Sonatype OSS Index.
    OssIndex,
    /// A Trivy server.
    Trivy,
    /// An SBOM that names vulnerabilities.
    Bom,
    /// Somebody here.
    Internal,
}

impl Origin {
    /// The stored word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Origin::Osv => "osv",
            Origin::Github => "github",
            Origin::Nvd => "nvd",
            Origin::Snyk => "snyk",
            Origin::OssIndex => "oss-index",
            Origin::Trivy => "trivy",
            Origin::Bom => "bom",
            Origin::Internal => "internal",
        }
    }

    /// Reads the stored word.
    pub(crate) fn parse(word: &str) -> Origin {
        const ALL: [Origin; 8] = [
            Origin::Osv,
            Origin::Github,
            Origin::Nvd,
            Origin::Snyk,
            Origin::OssIndex,
            Origin::Trivy,
            Origin::Bom,
            Origin::Internal,
        ];
        ALL.into_iter().find(|origin| origin.as_str() == word).unwrap_or(Origin::Internal)
    }

    /// Whether ids of this source of Dependency-Track are its own.
    pub(crate) fn owns(self, source: &str) -> bool {
        let own = match self {
            Origin::Osv => "OSV",
            Origin::Github => "GITHUB",
            Origin::Nvd => "NVD",
            Origin::Snyk => "SNYK",
            Origin::OssIndex => "OSSINDEX",
            Origin::Trivy => "TRIVY",
            Origin::Bom => return false,
            Origin::Internal => "INTERNAL",
        };
        own == source
    }
}

/// A package that is affected, and which of its versions: ecosystem, name, spec as JSON.
pub(crate) type Affects = (String, String, String);

/// A record as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The source that owns the id, as Dependency-Track names it.
    pub source: String,
    /// The id.
    pub id: String,
    /// What it says.
    pub told: Told,
    /// Other ids of the same flaw.
    pub aliases: Vec<String>,
    /// What it affects.
    pub affected: Vec<Affects>,
    /// Says whether the record has changed.
    pub hash: String,
}

/// Part of every hash: a release that reads records otherwise counts it up, and takes all of them
/// for changed.
const READING: &str = "1";

impl Record {
    /// The record of an advisory whose id belongs to `source`.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(crate) fn new(source: &str, mut advisory: Advisory) -> crate::Result<Record> {
        without_nul(&mut advisory);
        let told = Told::of(&advisory);
        let mut affected = Vec::new();
        // A withdrawn advisory affects nothing.
        if !advisory.withdrawn {
            for entry in advisory.affected {
                let entry = entry.compact();
                let spec = serde_json::to_string(&entry).map_err(storage::Error::Json)?;
                affected.push((entry.ecosystem, entry.name, spec));
            }
            for configuration in &advisory.configurations {
                let spec = serde_json::to_string(configuration).map_err(storage::Error::Json)?;
                for (vendor, product) in configuration.products() {
                    affected.push((CPE.to_owned(), product_key((&vendor, &product)), spec.clone()));
                }
            }
            affected.sort_unstable();
            affected.dedup();
        }
        let mut aliases = advisory.aliases;
        // A distribution's record about one flaw is that flaw; one about many is a flaw of its own.
        if let ([one], true) = (advisory.upstream.as_slice(), aliases.is_empty()) {
            aliases.push(one.clone());
        }
        Ok(Record::of(source, &advisory.id, told, aliases, affected))
    }

    /// A record of these parts.
    pub(crate) fn of(
        source: &str,
        id: &str,
        told: Told,
        aliases: Vec<String>,
        affected: Vec<Affects>,
    ) -> Record {
        let content = (READING, &told, &aliases, &affected);
        // Plain texts and numbers always become JSON.
        let hash = store::hash(&serde_json::to_vec(&content).unwrap_or_default());
        Record { source: source.to_owned(), id: id.to_owned(), told, aliases, affected, hash }
    }
}

/// PostgreSQL keeps no text with a NUL.
fn without_nul(advisory: &mut Advisory) {
    let texts = [&mut advisory.summary, &mut advisory.details].into_iter().flatten();
    let lists =
        [&mut advisory.references, &mut advisory.credits, &mut advisory.aliases, &mut advisory.upstream];
    let names = advisory.affected.iter_mut().map(|affected| &mut affected.name);
    for text in texts.chain(lists.into_iter().flatten()).chain(names).chain([&mut advisory.id]) {
        if text.contains('\0') {
            *text = text.replace('\0', "");
        }
    }
}

/// What an import did.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Report {
    /// How many records were read.
    pub read: u64,
    /// Of these, not known before.
    pub new: u64,
    /// Known, with another content.
    pub changed: u64,
    /// Known, with the same content.
    pub unchanged: u64,
    /// Taken back by their source.
    pub withdrawn: u64,
    /// Records that could not be read: which, and why. At most a hundred are listed.
    pub failed: Vec<String>,
    /// How many could not be read.
    pub failures: u64,
    /// How many package versions were analysed anew.
    pub analysed: u64,
}

impl Report {
    /// Notes a record that could not be read.
    pub(crate) fn fail(&mut self, place: &str, error: impl std::fmt::Display) {
        self.failures += 1;
        if self.failed.len() < 100 {
            self.failed.push(format!("{place}: {error}"));
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} records read: {} new, {} changed, {} unchanged, {} withdrawn, {} unreadable; {} package versions analysed anew",
            self.read, self.new, self.changed, self.unchanged, self.withdrawn, self.failures, self.analysed
        )?;
        for failure in &self.failed {
            write!(f, "\n  {failure}")?;
        }
        Ok(())
    }
}
