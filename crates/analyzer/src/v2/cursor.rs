//! Lists in pages by cursor: a page says where the next one begins, not how many rows are before it,
//! so that rows that come and go meanwhile neither repeat nor hide others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::problem::{Refusal, unsortable};
use crate::server::Error;

/// How many rows a page has at most, and unless asked otherwise.
const MOST: i64 = 1000;
const USUAL: i64 = 100;

/// Where a page begins: behind the row with this value of the sort field and this id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The field that the list is sorted by.
    pub by: String,
    pub descending: bool,
    /// The value of the last row shown, a text or a number.
    pub value: Value,
    pub id: i64,
}

impl Cursor {
    /// The opaque text of the cursor.
    pub(crate) fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(json!(self).to_string())
    }

    fn parse(token: &str) -> Option<Cursor> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
    }
}

/// How a list is asked for.
#[derive(Debug)]
pub(crate) struct Sort {
    pub by: String,
    pub descending: bool,
    pub limit: i64,
    pub after: Option<Cursor>,
}

/// The parameters of every list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub limit: Option<i64>,
    pub page_token: Option<String>,
    pub sort_by: Option<String>,
    pub sort_direction: Option<String>,
}

impl Asked {
    /// What is asked for, of a list that can be sorted by these fields, the first one by default.
    ///
    /// # Errors
    /// 400 for a limit out of range, another list's token, and unknown fields and directions.
    pub(crate) fn sort(&self, fields: &[&str]) -> Result<Sort, Refusal> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            let message = format!("must be between 1 and {MOST}");
            return Err(Error::invalid("limit", &message, limit).into());
        }
        let usual = fields.first().copied().unwrap_or_default();
        let by = self.sort_by.as_deref().filter(|by| !by.is_empty()).unwrap_or(usual);
        if !fields.contains(&by) {
            return Err(Refusal::Ready(Box::new(unsortable(
                by,
                fields,
                ("invalid_field", "supported_fields"),
            ))));
        }
        let descending = match self.sort_direction.as_deref() {
            None | Some("ASC" | "asc" | "") => false,
            Some("DESC" | "desc") => true,
            Some(other) => return Err(Error::invalid("sort_direction", "must be ASC or DESC", other).into()),
        };
        let after = match self.page_token.as_deref().filter(|token| !token.is_empty()) {
            None => None,
            Some(token) => match Cursor::parse(token) {
                Some(cursor) if cursor.by == by && cursor.descending == descending => Some(cursor),
                _ => {
                    let message = "the page token is not one of this list";
                    return Err(Error::invalid("page_token", message, token).into());
                }
            },
        };
        Ok(Sort { by: by.to_owned(), descending, limit, after })
    }
}

/// A page of a list as it is answered.
pub(crate) fn page(items: Vec<Value>, next: Option<Cursor>, total: i64) -> Value {
    let mut out = json!({ "items": items, "total": { "count": total, "type": "EXACT" } });
    if let (Some(next), Some(object)) = (next, out.as_object_mut()) {
        object.insert("next_page_token".to_owned(), json!(next.token()));
    }
    out
}
