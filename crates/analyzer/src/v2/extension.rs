//! Extensions and their settings: another view of the config properties of version 1.

/// The type of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Whole,
    Text,
    Address,
    /// A list of texts, separated by semicolons in the property.
    List,
    /// The name of a secret.
    Secret,
}

/// A setting of an extension.
pub(super) struct Setting {
    pub name: &'static str,
    /// Group and name of the property.
    pub property: (&'static str, &'static str),
    pub kind: Kind,
}

/// Something that is plugged into an extension point.
pub(super) struct Extension {
    pub name: &'static str,
    pub settings: &'static [Setting],
}

const fn setting(name: &'static str, group: &'static str, property: &'static str, kind: Kind) -> Setting {
    Setting { name, property: (group, property), kind }
}

use Kind::{Address, Flag, List, Secret, Text, Whole};

const SCANNER: &str = "scanner";
const SOURCE: &str = "vuln-source";
const TASK: &str = "task-scheduler";
const MAIL: &str = "email";

const fn plain(name: &'static str) -> Extension {
    Extension { name, settings: &[] }
}

const PUBLISHERS: &[Extension] = &[
    plain("console"),
    Extension {
        name: "email",
        settings: &[
            setting("enabled", MAIL, "smtp.enabled", Flag),
            setting("senderAddress", MAIL, "smtp.from.address", Text),
            setting("subjectPrefix", MAIL, "subject.prefix", Text),
            setting("host", MAIL, "smtp.server.hostname", Text),
            setting("port", MAIL, "smtp.server.port", Whole),
            setting("username", MAIL, "smtp.username", Text),
            setting("password", MAIL, "smtp.password", Secret),
            setting("tlsEnabled", MAIL, "smtp.ssltls", Flag),
            setting("trustAllCertificates", MAIL, "smtp.trustcert", Flag),
        ],
    },
    Extension {
        name: "jira",
        settings: &[
            setting("apiUrl", "integrations", "jira.url", Address),
            setting("username", "integrations", "jira.username", Text),
            setting("passwordOrToken", "integrations", "jira.password", Secret),
        ],
    },
    plain("mattermost"),
    plain("msteams"),
    plain("slack"),
    plain("webex"),
    plain("webhook"),
];

const ANALYZERS: &[Extension] = &[
    Extension { name: "internal", settings: &[setting("enabled", SCANNER, "internal.enabled", Flag)] },
    Extension {
        name: "oss-index",
        settings: &[
            setting("enabled", SCANNER, "ossindex.enabled", Flag),
            setting("aliasSyncEnabled", SCANNER, "ossindex.alias.sync.enabled", Flag),
            setting("apiUrl", SCANNER, "ossindex.base.url", Address),
            setting("username", SCANNER, "ossindex.api.username", Text),
            setting("apiToken", SCANNER, "ossindex.api.token", Secret),
        ],
    },
    Extension {
        name: "snyk",
        settings: &[
            setting("enabled", SCANNER, "snyk.enabled", Flag),
            setting("aliasSyncEnabled", SCANNER, "snyk.alias.sync.enabled", Flag),
            setting("apiUrl", SCANNER, "snyk.base.url", Address),
            setting("orgId", SCANNER, "snyk.org.id", Text),
            setting("apiVersion", SCANNER, "snyk.api.version", Text),
            setting("apiToken", SCANNER, "snyk.api.token", Secret),
        ],
    },
    Extension {
        name: "trivy",
        settings: &[
            setting("enabled", SCANNER, "trivy.enabled", Flag),
            setting("apiUrl", SCANNER, "trivy.base.url", Address),
            setting("apiToken", SCANNER, "trivy.api.token", Secret),
            setting("ignoreUnfixed", SCANNER, "trivy.ignore.unfixed", Flag),
            setting("scanLibrary", SCANNER, "trivy.scanner.scanLibrary", Flag),
            setting("scanOs", SCANNER, "trivy.scanner.scanOs", Flag),
        ],
    },
];

const SOURCES: &[Extension] = &[
    Extension {
        name: "github",
        settings: &[
            setting("enabled", SOURCE, "github.advisories.enabled", Flag),
            setting("aliasSyncEnabled", SOURCE, "github.advisories.alias.sync.enabled", Flag),
            setting("apiUrl", SOURCE, "github.advisories.api.url", Address),
            setting("apiToken", SOURCE, "github.advisories.access.token", Secret),
            setting("cadenceHours", TASK, "ghsa.mirror.cadence", Whole),
        ],
    },
    Extension {
        name: "nvd",
        settings: &[
            setting("enabled", SOURCE, "nvd.enabled", Flag),
            setting("feedsUrl", SOURCE, "nvd.feeds.url", Address),
            setting("apiEnabled", SOURCE, "nvd.api.enabled", Flag),
            setting("apiUrl", SOURCE, "nvd.api.url", Address),
            setting("apiKey", SOURCE, "nvd.api.key", Secret),
            setting("cadenceHours", TASK, "nist.mirror.cadence", Whole),
        ],
    },
    Extension {
        name: "osv",
        settings: &[
            setting("ecosystems", SOURCE, "google.osv.enabled", List),
            setting("aliasSyncEnabled", SOURCE, "google.osv.alias.sync.enabled", Flag),
            setting("dataUrl", SOURCE, "google.osv.base.url", Address),
            setting("cadenceHours", TASK, "osv.mirror.cadence", Whole),
        ],
    },
];

/// The extension points with their extensions, by name.
pub(super) const POINTS: [(&str, &[Extension]); 3] =
    [("notification-publisher", PUBLISHERS), ("vuln-analyzer", ANALYZERS), ("vuln-data-source", SOURCES)];
