//! Scores of vectors (behaviour reference §13.3).

use advisories::{cvss, owasp};
use axum::extract::Query;
use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Access, Error, Result, Route, route};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/calculator/cvss", Access::Authenticated, cvss),
        route(Method::GET, "/v1/calculator/owasp", Access::Authenticated, owasp),
    ]
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    vector: String,
}

async fn cvss(Query(asked): Query<Asked>) -> Result<axum::Json<Value>> {
    let scores = cvss::Vector::parse(&asked.vector)
        .map_err(|_| Error::bad_request("An invalid CVSSv2, CVSSv3, or CVSSv4 vector submitted."))?
        .scores();
    // Version 4 of the original writes scores that the vector does not have as the text NaN.
    let or_nan = |score: Option<f64>| score.map_or_else(|| json!("NaN"), |score| json!(score));
    Ok(axum::Json(json!({
        "baseScore": scores.base,
        "impactSubScore": or_nan(scores.impact),
        "exploitabilitySubScore": or_nan(scores.exploitability),
        "temporalScore": or_nan(scores.temporal),
        "environmentalScore": or_nan(scores.environmental),
        "modifiedImpactSubScore": or_nan(scores.modified_impact),
    })))
}

async fn owasp(Query(asked): Query<Asked>) -> Result<axum::Json<Value>> {
    let level = |score: f64| owasp::Level::of(score).as_str();
    let rating = owasp::Rating::parse(&asked.vector).map_err(|e| Error::bad_request(e.to_string()))?;
    Ok(axum::Json(json!({
        "likelihood": level(rating.likelihood),
        "likelihoodScore": rating.likelihood,
        "technicalImpact": level(rating.technical_impact),
        "technicalImpactScore": rating.technical_impact,
        "businessImpact": level(rating.business_impact),
        "businessImpactScore": rating.business_impact,
    })))
}
