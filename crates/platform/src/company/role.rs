//! Roles in a company and what each may do: the one table that code and documentation share.

/// A role in a company; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees everything of the company.
    Reader,
    /// Also comments, and moves issues to In Progress and Awaiting Validation.
    Developer,
    /// Also decides (Risk Accepted, False Positive, Suppressed), edits assets, starts syncs.
    Manager,
    /// Also integrations, policies, users and keys.
    Admin,
    /// Also deletes the company.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Role; 5] = [Role::Reader, Role::Developer, Role::Manager, Role::Admin, Role::Owner];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reader => "READER",
            Role::Developer => "DEVELOPER",
            Role::Manager => "MANAGER",
            Role::Admin => "ADMIN",
            Role::Owner => "OWNER",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

macro_rules! actions {
    ($($action:ident $role:ident $words:literal;)*) => {
        /// Something that can be done in a company.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $(#[doc = $words] $action,)* }

        impl Action {
            /// The least role that may do it.
            pub fn needs(self) -> Role {
                match self { $(Action::$action => Role::$role,)* }
            }

            /// What it is, for people.
            pub fn words(self) -> &'static str {
                match self { $(Action::$action => $words,)* }
            }
        }

        const ACTIONS: [Action; [$($words),*].len()] = [$(Action::$action),*];
    };
}

actions! {
    See Reader "see companies, assets, issues, components, runs, dashboards and exports";
    RunGate Developer "run the security gate, import SBOMs, report scans";
    Comment Developer "comment on issues";
    MoveIssue Developer "move issues to In Progress and Awaiting Validation";
    CreateIssue Developer "make issues by hand";
    Decide Manager "decide: Risk Accepted, False Positive, Suppressed, back to Identified";
    Assign Manager "assign issues";
    EditAssets Manager "make, change and delete assets";
    ListProjects Manager "list the projects of a connected scanner, import them, unlink them";
    Sync Manager "start, cancel and repeat synchronizations and pushes";
    EditTeams Manager "make, change and delete teams";
    ManageIntegrations Admin "connect scanners, see webhook tokens, check connections";
    ManagePolicies Admin "set the SLA matrix and security gate policies";
    ManageUsers Admin "invite and remove users and set their roles";
    ManageKeys Admin "make and revoke API keys of the company";
    SeeAudit Admin "read the audit log";
    EditCompany Admin "change the company's name and contact";
    DeleteCompany Owner "delete the company, make others owners";
}

/// The table in Markdown, for the documentation.
pub fn table() -> String {
    let mut out = String::from("| may |");
    for role in Role::ALL {
        out.push_str(&format!(" {} |", role.as_str()));
    }
    out.push_str("\n| --- |");
    out.push_str(&" --- |".repeat(Role::ALL.len()));
    out.push('\n');
    for action in ACTIONS {
        out.push_str(&format!("| {} |", action.words()));
        for role in Role::ALL {
            out.push_str(if role >= action.needs() { " yes |" } else { " |" });
        }
        out.push('\n');
    }
    out
}
