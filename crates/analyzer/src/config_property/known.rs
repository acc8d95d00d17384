//! The properties that exist, with the names, types and defaults that Dependency-Track 4 has
//! (behaviour reference §2.5), and a few beside them.

/// The type of a value, as clients read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Integer,
    Number,
    String,
    /// Stored encrypted and never shown.
    Encrypted,
    Url,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::Boolean => "BOOLEAN",
            Kind::Integer => "INTEGER",
            Kind::Number => "NUMBER",
            Kind::String => "STRING",
            Kind::Encrypted => "ENCRYPTEDSTRING",
            Kind::Url => "URL",
        }
    }
}

/// A property.
pub(super) struct Known {
    pub group: &'static str,
    pub name: &'static str,
    pub default: Option<&'static str>,
    pub kind: Kind,
    pub description: &'static str,
    /// Whether everybody may read it.
    pub public: bool,
}

const fn property(
    group: &'static str,
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    description: &'static str,
) -> Known {
    Known { group, name, default, kind, description, public: false }
}

const fn public(known: Known) -> Known {
    Known { public: true, ..known }
}

use Kind::{Boolean, Encrypted, Integer, Number, String, Url};

const SOURCE: &str = "vuln-source";
const SCANNER: &str = "scanner";
const TASK: &str = "task-scheduler";
const POLICY: &str = "vulnerability-policy";
const YES: Option<&str> = Some("true");
const NO: Option<&str> = Some("false");

/// Every property.
#[rustfmt::skip]
pub(super) const PROPERTIES: &[Known] = &[
    property("general", "base.url", Url, None, "Address at which people reach the frontend, for links in notifications"),
    public(property("general", "welcome.message.html", String, Some("%3Ch1%3EWelcome%3C%2Fh1%3E"), "Text on the login page, percent-encoded")),
    public(property("general", "welcome.message.enabled", Boolean, NO, "Whether the login page shows its text")),
    public(property("general", "default.locale", String, None, "Language of the frontend")),
    property("general", "badge.enabled", Boolean, NO, "Whether badges are readable without a key"),
    property(SOURCE, "nvd.enabled", Boolean, YES, "Whether the National Vulnerability Database is mirrored"),
    property(SOURCE, "nvd.feeds.url", Url, Some("https://nvd.nist.gov/feeds"), "Address of its feeds"),
    property(SOURCE, "nvd.api.enabled", Boolean, NO, "Whether its API is asked instead of the feeds"),
    property(SOURCE, "nvd.api.download.feeds", Boolean, NO, "Whether the feeds are taken first and the API tells what changed since"),
    property(SOURCE, "nvd.api.url", Url, Some("https://services.nvd.nist.gov/rest/json/cves/2.0"), "Address of its API"),
    property(SOURCE, "nvd.api.key", Encrypted, None, "Key of its API; with one it may be asked more often"),
    property(SOURCE, "nvd.api.last.modified.epoch.seconds", Integer, None, "Up to when its API was asked"),
    property(SOURCE, "github.advisories.enabled", Boolean, NO, "Whether GitHub Security Advisories are mirrored"),
    property(SOURCE, "github.advisories.api.url", Url, Some("https://api.github.com/graphql"), "Address of GitHub's GraphQL API"),
    property(SOURCE, "github.advisories.alias.sync.enabled", Boolean, YES, "Accepted for scripts; aliases are always joined"),
    property(SOURCE, "github.advisories.access.token", Encrypted, None, "Personal access token for GitHub, without any scope"),
    property(SOURCE, "github.advisories.last.modified.epoch.seconds", Integer, None, "Up to when GitHub was asked"),
    property(SOURCE, "google.osv.enabled", String, None, "Ecosystems of OSV to mirror, separated by semicolons"),
    property(SOURCE, "google.osv.base.url", Url, Some("https://osv-vulnerabilities.storage.googleapis.com/"), "Address of the OSV bucket"),
    property(SOURCE, "google.osv.alias.sync.enabled", Boolean, NO, "Accepted for scripts; aliases are always joined"),
    property(SOURCE, "epss.enabled", Boolean, YES, "Whether the scores of EPSS are mirrored"),
    property(SOURCE, "epss.feeds.url", Url, Some("https://epss.empiricalsecurity.com"), "Address of the scores"),
    property(SOURCE, "kev.enabled", Boolean, YES, "Whether the catalogue of known exploited vulnerabilities is mirrored"),
    property(SOURCE, "kev.feeds.url", Url, Some("https://www.cisa.gov/sites/default/files/feeds"), "Address of the catalogue"),
    property(SOURCE, "cwe.enabled", Boolean, NO, "Whether a newer dictionary of weaknesses than the built-in one is mirrored"),
    property(SOURCE, "cwe.feeds.url", Url, Some("https://cwe.mitre.org/data/xml"), "Address of the dictionary"),
    property(TASK, "osv.mirror.cadence", Integer, Some("24"), "Hours between runs of OSV"),
    property(TASK, "nist.mirror.cadence", Integer, Some("24"), "Hours between runs of the NVD"),
    property(TASK, "ghsa.mirror.cadence", Integer, Some("24"), "Hours between runs of GitHub Security Advisories"),
    property(TASK, "vulndb.mirror.cadence", Integer, Some("24"), "Accepted for scripts; VulnDB is not mirrored"),
    property(TASK, "epss.mirror.cadence", Integer, Some("24"), "Hours between runs of EPSS"),
    property(TASK, "kev.mirror.cadence", Integer, Some("24"), "Hours between runs of KEV"),
    property(TASK, "cwe.mirror.cadence", Integer, Some("168"), "Hours between runs of CWE"),
    property(TASK, "vulnerability.policy.bundle.sync.cadence", Integer, Some("15"), "Minutes between synchronizations of the bundle of vulnerability policies"),
    property(POLICY, "bundle.url", Url, None, "Address of the bundle that vulnerability policies are taken from: a zip of YAML, or YAML"),
    property(POLICY, "bundle.auth.username", String, None, "User where the bundle is"),
    property(POLICY, "bundle.auth.password", Encrypted, None, "Password where the bundle is"),
    property(POLICY, "bundle.auth.bearer.token", Encrypted, None, "Token where the bundle is, when there is no user"),
    property(TASK, "component.analysis.cache.clear.cadence", Integer, Some("24"), "Accepted for scripts; answers of analyzers elsewhere expire by themselves"),
    property(TASK, "portfolio.vulnerability.analysis.cadence", Integer, Some("24"), "Hours between analyses of the whole portfolio"),
    property(SCANNER, "internal.enabled", Boolean, YES, "Accepted for scripts; the internal analyzer is always on"),
    property(SCANNER, "internal.fuzzy.enabled", Boolean, NO, "Accepted for scripts; names are matched exactly"),
    property(SCANNER, "internal.fuzzy.exclude.purl", Boolean, YES, "Accepted for scripts; names are matched exactly"),
    property(SCANNER, "internal.fuzzy.exclude.internal", Boolean, YES, "Accepted for scripts; names are matched exactly"),
    property(SCANNER, "analysis.cache.validity.period", Number, Some("43200000"), "For how long (milliseconds) an answer of an analyzer elsewhere is used"),
    property(SCANNER, "ossindex.enabled", Boolean, YES, "Whether OSS Index is asked; it needs a token"),
    property(SCANNER, "ossindex.alias.sync.enabled", Boolean, YES, "Accepted for scripts; aliases are always joined"),
    property(SCANNER, "ossindex.api.username", String, None, "User of OSS Index"),
    property(SCANNER, "ossindex.api.token", Encrypted, None, "Token of OSS Index"),
    property(SCANNER, "ossindex.base.url", Url, Some("https://ossindex.sonatype.org"), "Address of OSS Index"),
    property(SCANNER, "snyk.enabled", Boolean, NO, "Whether Snyk is asked"),
    property(SCANNER, "snyk.alias.sync.enabled", Boolean, NO, "Accepted for scripts; aliases are always joined"),
    property(SCANNER, "snyk.api.token", Encrypted, None, "Tokens of Snyk, separated by semicolons"),
    property(SCANNER, "snyk.org.id", String, None, "Organization in Snyk"),
    property(SCANNER, "snyk.api.version", String, Some("2023-06-22"), "Version of Snyk's API"),
    property(SCANNER, "snyk.cvss.source", String, Some("NVD"), "Whose rating counts: NVD or SNYK"),
    property(SCANNER, "snyk.base.url", Url, Some("https://api.snyk.io"), "Address of Snyk"),
    property(SCANNER, "vulndb.enabled", Boolean, NO, "Accepted for scripts; VulnDB is not asked"),
    property(SCANNER, "vulndb.api.oauth1.consumerKey", String, None, "Accepted for scripts; VulnDB is not asked"),
    property(SCANNER, "vulndb.api.oath1.consumerSecret", Encrypted, None, "Accepted for scripts; VulnDB is not asked"),
    property(SCANNER, "trivy.enabled", Boolean, NO, "Whether a Trivy server is asked"),
    property(SCANNER, "trivy.api.token", Encrypted, None, "Token of the Trivy server"),
    property(SCANNER, "trivy.base.url", Url, None, "Address of the Trivy server"),
    property(SCANNER, "trivy.ignore.unfixed", Boolean, NO, "Whether vulnerabilities without a fix are left out"),
    property(SCANNER, "trivy.scanner.scanLibrary", Boolean, YES, "Whether Trivy looks at libraries"),
    property(SCANNER, "trivy.scanner.scanOs", Boolean, YES, "Whether Trivy looks at packages of operating systems"),
    property("artifact", "bom.validation.mode", String, Some("ENABLED"), "Whether SBOMs are validated by the schemas of CycloneDX"),
    property("artifact", "bom.validation.tags.inclusive", String, Some("[]"), "Tags of projects whose SBOMs are validated (a JSON array), when the mode is ENABLED_FOR_TAGS"),
    property("artifact", "bom.validation.tags.exclusive", String, Some("[]"), "Tags of projects whose SBOMs are not validated (a JSON array), when the mode is DISABLED_FOR_TAGS"),
    property("artifact", "cyclonedx.enabled", Boolean, YES, "Whether CycloneDX documents are processed"),
    property("access-management", "acl.inherit", Boolean, YES, "Whether a team that sees a project sees those below it, as in version 5 of Dependency-Track"),
    public(property("access-management", "acl.enabled", Boolean, NO, "Whether teams see only the projects they were given, and those below")),
    property("internal-components", "groups.regex", String, None, "Pattern that the whole group of an internal component matches"),
    property("internal-components", "names.regex", String, None, "Pattern that the whole name of an internal component matches"),
    property("internal-components", "match-mode", String, Some("OR"), "Whether one pattern (OR) or both (AND) must match"),
    property("email", "smtp.enabled", Boolean, NO, "Whether mail is sent"),
    property("email", "smtp.from.address", String, None, "Sender of mail"),
    property("email", "subject.prefix", String, Some("[Dependency-Track]"), "What subjects of mail begin with"),
    property("email", "smtp.server.hostname", String, None, "Mail server"),
    property("email", "smtp.server.port", Integer, None, "Port of the mail server"),
    property("email", "smtp.username", String, None, "User at the mail server"),
    property("email", "smtp.password", Encrypted, None, "Password at the mail server"),
    property("email", "smtp.ssltls", Boolean, NO, "Whether the connection to the mail server is encrypted"),
    property("email", "smtp.trustcert", Boolean, NO, "Whether any certificate of the mail server is accepted"),
    property("integrations", "jira.url", Url, None, "Address of Jira"),
    property("integrations", "jira.username", String, None, "User of Jira; without one the password is a token"),
    property("integrations", "jira.password", Encrypted, None, "Password or token of Jira"),
    property("integrations", "fortify.ssc.enabled", Boolean, NO, "Whether findings are uploaded to Fortify SSC"),
    property("integrations", "fortify.ssc.sync.cadence", Integer, Some("60"), "Minutes between uploads to Fortify SSC"),
    property("integrations", "fortify.ssc.url", Url, None, "Address of Fortify SSC"),
    property("integrations", "fortify.ssc.token", Encrypted, None, "Token of Fortify SSC"),
    property("integrations", "defectdojo.enabled", Boolean, NO, "Whether findings are uploaded to DefectDojo"),
    property("integrations", "defectdojo.reimport.enabled", Boolean, NO, "Whether tests in DefectDojo are imported again instead of anew"),
    property("integrations", "defectdojo.sync.cadence", Integer, Some("60"), "Minutes between uploads to DefectDojo"),
    property("integrations", "defectdojo.url", Url, None, "Address of DefectDojo"),
    property("integrations", "defectdojo.apiKey", String, None, "API key of DefectDojo"),
    property("integrations", "kenna.enabled", Boolean, NO, "Whether findings are uploaded to Kenna Security"),
    property("integrations", "kenna.api.url", String, Some("https://api.kennasecurity.com"), "Address of Kenna Security"),
    property("integrations", "kenna.sync.cadence", Integer, Some("60"), "Minutes between uploads to Kenna Security"),
    property("integrations", "kenna.token", Encrypted, None, "Token of Kenna Security"),
    property("integrations", "kenna.connector.id", String, None, "Connector in Kenna Security"),
    property("notification", "template.baseDir", String, None, "Accepted for scripts; templates are kept in the database"),
    property("notification", "template.default.override.enabled", Boolean, NO, "Accepted for scripts; templates are kept in the database"),
    property(TASK, "ldap.sync.cadence", Integer, Some("6"), "Hours between synchronizations with LDAP"),
    property(TASK, "portfolio.metrics.update.cadence", Integer, Some("1"), "Accepted for scripts; metrics follow each change"),
    property(TASK, "vulnerability.metrics.update.cadence", Integer, Some("1"), "Accepted for scripts; metrics follow each change"),
    property(TASK, "repository.metadata.fetch.cadence", Integer, Some("24"), "Hours after which repositories are asked again for a package"),
    property(TASK, "internal.components.identification.cadence", Integer, Some("6"), "Accepted for scripts; internal components are identified at once"),
    property("search-indexes", "consistency.check.enabled", Boolean, YES, "Accepted for scripts; the database is the index"),
    property("search-indexes", "consistency.check.cadence", Integer, Some("4320"), "Accepted for scripts; the database is the index"),
    property("search-indexes", "consistency.check.delta.threshold", Integer, Some("20"), "Accepted for scripts; the database is the index"),
    property("telemetry", "submission.enabled", Boolean, NO, "Accepted for scripts; nothing is ever submitted"),
];
