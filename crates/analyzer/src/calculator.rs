//! Scores of vectors (behaviour reference §13.3).

use advisories::{cvss, owasp};
use axum::extract::Query;
use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Access, Error, Result, Route, route};

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[
    crate::openapi::Schema {
        name: "CvssScores",
        members: "
            baseScore!: number
            impactSubScore: number
            exploitabilitySubScore: number
            temporalScore: number
            environmentalScore: number
            modifiedImpactSubScore: number",
    },
    crate::openapi::Schema {
        name: "OwaspScores",
        members: "
            likelihood!: string
            likelihoodScore!: number
            technicalImpact!: string
            technicalImpactScore!: number
            businessImpact!: string
            businessImpactScore!: number",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/calculator/cvss", Access::Authenticated, cvss)
            .says("Computes the scores of a CVSS vector.")
            .query("vector", "string")
            .gives(200, "CvssScores"),
        route(Method::GET, "/v1/calculator/owasp", Access::Authenticated, owasp)
            .says("Computes the scores of a vector of the OWASP Risk Rating Methodology.")
            .query("vector", "string")
            .gives(200, "OwaspScores"),
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
    // Scores that the vector does not have are left out, as version 5 does: 4.14 writes the text NaN,
    // which a client that reads numbers chokes on.
    let members = [
        ("baseScore", Some(scores.base)),
        ("impactSubScore", scores.impact),
        ("exploitabilitySubScore", scores.exploitability),
        ("temporalScore", scores.temporal),
        ("environmentalScore", scores.environmental),
        ("modifiedImpactSubScore", scores.modified_impact),
    ];
    let members = members.iter().filter_map(|(name, score)| Some(((*name).to_owned(), json!((*score)?))));
    Ok(axum::Json(Value::Object(members.collect())))
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
