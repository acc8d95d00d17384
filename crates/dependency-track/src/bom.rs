//! Uploading a BOM, and waiting for it.

use reqwest::Method;
use serde::Deserialize;
use uuid::Uuid;

use crate::transport::{Body, Call};
use crate::wire::flag;
use crate::{Client, Error, Permission};

/// Which project a BOM is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BomTarget {
    /// An existing project.
    Project(Uuid),
    /// A project by name.
    Named {
        /// Exact name.
        name: String,
        /// Exact version; the multipart form takes none, too.
        version: Option<String>,
        /// Create it when it is not there (needs `PROJECT_CREATION_UPLOAD` or `PORTFOLIO_MANAGEMENT`).
        auto_create: bool,
        /// Parent of a created project.
        parent: Option<Uuid>,
        /// Mark a created project as the latest version of its name.
        is_latest: bool,
    },
}

/// A BOM to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BomUpload {
    /// Whose.
    pub target: BomTarget,
    /// CycloneDX, JSON or XML.
    pub document: Vec<u8>,
    /// Tags; empty leaves them alone. On an existing project they replace its tags if the key has
    /// `PORTFOLIO_MANAGEMENT`, and are ignored otherwise.
    pub tags: Vec<String>,
}

/// The server took the BOM and works on it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BomReceipt {
    /// For [`Client::token_processing`].
    pub token: String,
    /// The project; 5.x only.
    #[serde(default)]
    pub project_uuid: Option<Uuid>,
}

#[derive(Deserialize)]
struct Progress {
    #[serde(deserialize_with = "flag")]
    processing: bool,
}

impl Client {
    /// Uploads a BOM by multipart form (the JSON form is limited to about 15 MB of document).
    ///
    /// The server answers before the BOM is read in: see [`Client::token_processing`].
    ///
    /// # Errors
    /// [`Error::Rejected`] with the places in `details` for a document that breaks its schema;
    /// [`Error::ProjectGone`], or [`Error::NotFound`] for a name that may not be created;
    /// [`Error::Forbidden`] without `BOM_UPLOAD` or `PROJECT_CREATION_UPLOAD`.
    pub async fn bom_upload(&self, upload: BomUpload) -> Result<BomReceipt, Error> {
        let mut call = Call::new(Method::POST, "upload the BOM", &["v1", "bom"], Some(Permission::BomUpload));
        let mut fields = Vec::new();
        match upload.target {
            BomTarget::Project(uuid) => {
                fields.push(("project", uuid.to_string()));
                call = call.about(uuid);
            }
            BomTarget::Named { name, version, auto_create, parent, is_latest } => {
                fields.push(("projectName", name));
                fields.extend(version.map(|v| ("projectVersion", v)));
                fields.push(("autoCreate", auto_create.to_string()));
                fields.extend(parent.map(|p| ("parentUUID", p.to_string())));
                fields.push(("isLatest", is_latest.to_string()));
            }
        }
        if !upload.tags.is_empty() {
            fields.push(("projectTags", upload.tags.join(",")));
        }
        call.body = Body::Form(fields, upload.document);
        self.read(call).await
    }

    /// Is the work behind a token still going on?
    ///
    /// Both generations answer `false` for a token they do not know, and 4.x forgets its tokens when it
    /// restarts: `false` means "not any more", not "done well". Servers without `/event/token` are asked
    /// at the older `/bom/token`.
    ///
    /// # Errors
    /// As any call.
    pub async fn token_processing(&self, token: &str) -> Result<bool, Error> {
        let call = |kind: &str| {
            Call::get(
                "ask for the progress of an upload",
                &["v1", kind, "token", token],
                Some(Permission::BomUpload),
            )
        };
        match self.read::<Progress>(call("event")).await {
            Err(Error::NotFound { .. } | Error::NotDependencyTrack { .. }) => {}
            other => return other.map(|p| p.processing),
        }
        self.read::<Progress>(call("bom")).await.map(|p| p.processing)
    }
}
