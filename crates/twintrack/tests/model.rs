//! A model of two sides that change at random: people on the platform, analysts and SBOMs in
//! Dependency-Track, outages, kills, and webhooks that come twice, late or in another order. When everything is
//! quiet both sides must tell the same story, every change of a user must be in the history, and the
//! history must explain each status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use common::Server;
use dependency_track::testing::{Fault, Flaw, Generation, KEY, StandIn};
use serde_json::{Value, json};
use uuid::Uuid;

const PACKAGES: [&str; 4] = ["pad", "pick", "pool", "port"];
const STATES: [&str; 6] =
    ["NOT_SET", "EXPLOITABLE", "FALSE_POSITIVE", "NOT_AFFECTED", "IN_TRIAGE", "RESOLVED"];
const STATUSES: [&str; 6] =
    ["IDENTIFIED", "IN_PROGRESS", "AWAITING_VALIDATION", "RISK_ACCEPTED", "FALSE_POSITIVE", "SUPPRESSED"];

/// A small generator of its own, so that a seed means the same sequence for ever (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.next(of.len())]
    }
}

/// The published mapping from an analysis to a status, for an issue that nobody is working on.
fn status_of(state: &str, suppressed: bool) -> &'static str {
    match (state, suppressed) {
        (_, true) => "SUPPRESSED",
        ("EXPLOITABLE", _) => "RISK_ACCEPTED",
        ("FALSE_POSITIVE" | "NOT_AFFECTED", _) => "FALSE_POSITIVE",
        ("IN_TRIAGE", _) => "IN_PROGRESS",
        ("RESOLVED", _) => "AWAITING_VALIDATION",
        _ => "IDENTIFIED",
    }
}

/// Whether a status and an analysis tell the same story.
fn agree(status: &str, state: &str, suppressed: bool) -> bool {
    let working = ["IN_PROGRESS", "AWAITING_VALIDATION"].contains(&status);
    status == status_of(state, suppressed) || (working && state == "NOT_SET" && !suppressed)
}

type Key = (String, String);

#[derive(Clone, Debug, PartialEq)]
enum Touch {
    User(&'static str),
    Analyst(&'static str, bool),
}

struct World {
    platform: Server,
    session: String,
    there: StandIn,
    project: Uuid,
    asset: Value,
    token: String,
    random: Random,
    /// Which packages the last SBOM had.
    present: BTreeSet<&'static str>,
    /// Webhooks on their way.
    letters: Vec<Value>,
    /// What happened to each finding since everything was quiet.
    touched: BTreeMap<Key, Vec<(Instant, Touch)>>,
    /// The findings whose component came or went since then.
    churned: BTreeSet<Key>,
    /// What both sides said when everything was quiet.
    settled: BTreeMap<Key, (String, String, bool)>,
    /// Every status a user ever set, by issue.
    wishes: BTreeMap<String, Vec<&'static str>>,
    log: Vec<String>,
}

fn flaws(package: &str) -> Vec<Flaw> {
    (1..=2)
        .map(|n| Flaw {
            id: format!("CVE-2026-{package}{n}"),
            source: "NVD".into(),
            cvss: Some(("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N".into(), 7.5)),
            aliases: Vec::new(),
        })
        .collect()
}

impl World {
    async fn new(generation: Generation, seed: u64) -> World {
        let platform = Server::start().await;
        let there = StandIn::start(generation).await.unwrap();
        let project = there.state().add_project("shop", "1.0", true);
        let session = platform.log_in().await;
        let save = "mutation ($url: String!, $key: String!) { saveDependencyTrackIntegration(input: { companyId: 1, \
                    apiUrl: $url, apiToken: $key, severities: [CRITICAL, HIGH] }) { integration { webhookToken } errors { message } } }";
        let saved = platform.graphql(&session, save, json!({ "url": there.url, "key": KEY })).await;
        let token = saved["saveDependencyTrackIntegration"]["integration"]["webhookToken"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut world = World {
            platform,
            session,
            there,
            project,
            asset: Value::Null,
            token,
            random: Random(seed),
            present: BTreeSet::new(),
            letters: Vec::new(),
            touched: BTreeMap::new(),
            churned: BTreeSet::new(),
            settled: BTreeMap::new(),
            wishes: BTreeMap::new(),
            log: Vec::new(),
        };
        world.upload(PACKAGES.into());
        let associate = "mutation ($id: ID!) { associateProject(input: { companyId: 1, integration: DEPENDENCY_TRACK, \
                         projectIds: [$id] }) { data { asset { id } } } }";
        let made = world.ask(associate, json!({ "id": project })).await;
        world.asset = made["associateProject"]["data"][0]["asset"]["id"].clone();
        world.settle().await;
        world
    }

    async fn ask(&self, query: &str, variables: Value) -> Value {
        self.platform.graphql(&self.session, query, variables).await
    }

    /// A new SBOM: packages come and go.
    fn upload(&mut self, packages: BTreeSet<&'static str>) {
        let rows: Vec<_> = packages.iter().map(|name| (*name, "1.0.0", flaws(name))).collect();
        self.there.state().set_components(self.project, &rows);
        for package in packages.symmetric_difference(&self.present) {
            self.churned.extend(flaws(package).into_iter().map(|flaw| ((*package).to_owned(), flaw.id)));
        }
        self.present = packages;
        self.letters.push(self.there.notification("BOM_PROCESSED", self.project));
    }

    /// The issues: id, status, whether still reported, by package and vulnerability.
    async fn issues(&self) -> BTreeMap<Key, (String, String, bool)> {
        let list = "{ issues(companyId: 1, pagination: { perPage: 100 }, filters: { statuses: [CREATED, IDENTIFIED, \
                    IN_PROGRESS, AWAITING_VALIDATION, RISK_ACCEPTED, FALSE_POSITIVE, SUPPRESSED, FIX_ACCEPTED] }) { \
                    collection { id status ... on ScaFinding { reported detail { package vulnerabilityId } } } } }";
        let answer = self.ask(list, json!({})).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut out = BTreeMap::new();
        for issue in answer["issues"]["collection"].as_array().unwrap() {
            let key = (text(&issue["detail"]["package"]), text(&issue["detail"]["vulnerabilityId"]));
            let row = (text(&issue["id"]), text(&issue["status"]), issue["reported"] == json!(true));
            assert!(out.insert(key.clone(), row).is_none(), "{key:?} is two issues");
        }
        out
    }

    /// The findings there: state and suppression.
    fn findings(&self) -> BTreeMap<Key, (String, bool)> {
        let rows = self.there.state().listed(self.project, true);
        rows.iter()
            .map(|row| {
                let text = |value: &Value| value.as_str().unwrap_or("NOT_SET").to_owned();
                let key = (text(&row["component"]["name"]), text(&row["vulnerability"]["vulnId"]));
                (key, (text(&row["analysis"]["state"]), row["analysis"]["isSuppressed"] == json!(true)))
            })
            .collect()
    }

    async fn step(&mut self) {
        // The times of two changes differ, so that one is the later one.
        tokio::time::sleep(Duration::from_millis(3)).await;
        match self.random.next(20) {
            0..=6 => self.user_decides().await,
            7..=11 => self.analyst_decides(),
            12..=13 => {
                let some = PACKAGES.into_iter().filter(|_| self.random.next(4) > 0).collect();
                self.log.push(format!("SBOM with {some:?}"));
                self.upload(some);
            }
            14 => {
                let fault = match self.random.next(5) {
                    0 => Fault::Status(503),
                    1 => Fault::Status(401),
                    2 => Fault::Slow(Duration::from_millis(120)),
                    3 => Fault::Trimmed,
                    _ => Fault::Status(500),
                };
                self.log.push(format!("{fault:?}"));
                self.there.state().fault = fault;
            }
            15..=16 => {
                self.log.push("well again".into());
                self.there.state().fault = Fault::None;
            }
            17 => {
                self.log.push("kill".into());
                self.platform.kill_and_restart().await;
            }
            18 => {
                self.log.push("sync".into());
                self.sync().await;
            }
            _ => self.deliver().await,
        }
        if self.random.next(3) == 0 {
            tokio::time::sleep(Duration::from_millis(self.random.next(150) as u64)).await;
        }
    }

    async fn user_decides(&mut self) {
        let issues = self.issues().await;
        let open: Vec<_> = issues.iter().filter(|(_, row)| row.1 != "FIX_ACCEPTED").collect();
        if open.is_empty() {
            return;
        }
        let (key, (id, before, _)) = self.random.one(&open);
        let status = self.random.one(&STATUSES);
        if before == status {
            return;
        }
        let change = "mutation ($id: ID!, $status: IssueStatusLabel!) { changeIssueStatus(input: { id: $id, status: $status, \
                      reason: \"as decided\" }) { issue { status } } }";
        let answer = self
            .platform
            .graphql_or_error(&self.session, change, json!({ "id": id, "status": status }))
            .await;
        let Ok(answer) = answer else {
            // A synchronization may have fixed it in this moment: then it is no longer a user's to set.
            let now = self.issues().await[key].1.clone();
            assert!(
                now == "FIX_ACCEPTED" || now != *before,
                "{key:?} refused from {before} to {status}: {answer:?}"
            );
            return;
        };
        assert_eq!(answer["changeIssueStatus"]["issue"]["status"], *status);
        self.log.push(format!("user: {key:?} {before} → {status}"));
        self.wishes.entry(id.clone()).or_default().push(status);
        self.touched.entry(key.clone()).or_default().push((Instant::now(), Touch::User(status)));
    }

    fn analyst_decides(&mut self) {
        let findings = self.findings();
        let keys: Vec<&Key> = findings.keys().collect();
        if keys.is_empty() {
            return;
        }
        let key = self.random.one(&keys).clone();
        let (state, suppressed) = (self.random.one(&STATES), self.random.next(5) == 0);
        if findings[&key] == (state.to_owned(), suppressed) {
            return;
        }
        assert!(self.there.state().decide(self.project, &key.0, &key.1, state, suppressed, "Ada"));
        self.log.push(format!("analyst: {key:?} {:?} → {state} {suppressed}", findings[&key]));
        self.touched.entry(key).or_default().push((Instant::now(), Touch::Analyst(state, suppressed)));
        self.letters.push(self.there.notification("PROJECT_AUDIT_CHANGE", self.project));
    }

    /// Some of the webhooks arrive, in any order, some of them twice.
    async fn deliver(&mut self) {
        self.log.push(format!("{} webhooks", self.letters.len()));
        while !self.letters.is_empty() && self.random.next(4) > 0 {
            let at = self.random.next(self.letters.len());
            let letter = self.letters.swap_remove(at);
            for _ in 0..=self.random.next(2) {
                assert_eq!(self.platform.webhook(&self.token, &letter).await, 202);
            }
        }
    }

    async fn sync(&self) {
        let sync = "mutation ($id: ID!) { syncAsset(input: { assetId: $id, integration: DEPENDENCY_TRACK }) { assetId } }";
        self.ask(sync, json!({ "id": self.asset })).await;
    }

    /// Waits until nothing is on its way. What was refused for good waits for the next synchronization.
    async fn quiet(&self) {
        let look = "{ pendingPushes(integrationId: 1) { collection { id state attempts nextAttemptAt lastError { code message } } } \
                    syncRuns(companyId: 1, limit: 5) { collection { id state phase errors { code message } } } }";
        let retry = "mutation ($id: ID!) { retryPush(input: { pushId: $id }) { id } }";
        for _ in 0..300 {
            let answer = self.ask(look, json!({})).await;
            let mut pushes = answer["pendingPushes"]["collection"].as_array().unwrap().clone();
            pushes.retain(|push| push["state"] != "FAILED");
            let runs = answer["syncRuns"]["collection"].as_array().unwrap();
            let busy = runs.iter().any(|run| run["state"] == "QUEUED" || run["state"] == "RUNNING");
            if pushes.is_empty() && !busy {
                return;
            }
            for push in &pushes {
                // It may have arrived in this moment.
                let _ =
                    self.platform.graphql_or_error(&self.session, retry, json!({ "id": push["id"] })).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it does not come to rest: {:#}{}", self.ask(look, json!({})).await, self.story());
    }

    /// Everything works again, everything that waits is done, and both sides are compared.
    async fn settle(&mut self) {
        self.there.state().fault = Fault::None;
        self.quiet().await;
        for _ in 0..2 {
            self.sync().await;
            self.quiet().await;
        }
        let left = self
            .ask("{ pendingPushes(integrationId: 1) { collection { id lastError { message } } } }", json!({}))
            .await;
        assert_eq!(left["pendingPushes"]["collection"], json!([]), "something never arrived{}", self.story());
        let (issues, findings) = (self.issues().await, self.findings());
        for (key, (state, suppressed)) in &findings {
            let (id, status, reported) =
                issues.get(key).unwrap_or_else(|| panic!("{key:?} has no issue{}", self.story()));
            assert!(
                agree(status, state, *suppressed) && *reported,
                "{key:?} (issue {id}) is {status}, there {state} {suppressed}, reported {reported}{}",
                self.story()
            );
            self.check_winner(key, status);
        }
        for (key, (id, status, reported)) in &issues {
            if !findings.contains_key(key) {
                let decided = ["RISK_ACCEPTED", "FALSE_POSITIVE", "SUPPRESSED"].contains(&status.as_str());
                assert!(
                    !reported && (decided || status == "FIX_ACCEPTED"),
                    "{key:?} is gone, and {status}{}",
                    self.story()
                );
            }
            self.check_history(id, status).await;
        }
        self.settled = issues
            .into_iter()
            .filter_map(|(key, (_, status, _))| {
                let (state, suppressed) = findings.get(&key)?.clone();
                Some((key, (status, state, suppressed)))
            })
            .collect();
        self.touched.clear();
        self.churned.clear();
        self.log.push("-- settled --".into());
    }

    /// The later change won, whoever made it.
    fn check_winner(&self, key: &Key, status: &str) {
        let Some((before, state, suppressed)) = self.settled.get(key) else { return };
        if self.churned.contains(key) {
            // Its component was another one for a while; the decision of a person survives that.
            if !self.touched.contains_key(key)
                && ["RISK_ACCEPTED", "FALSE_POSITIVE"].contains(&before.as_str())
            {
                assert_eq!(status, before, "{key:?}: a decision was lost{}", self.story());
            }
            return;
        }
        let timed = self.touched.get(key).map(Vec::as_slice).unwrap_or_default();
        let touches: Vec<Touch> = timed.iter().map(|(_, touch)| touch.clone()).collect();
        let wished = touches.iter().rposition(|touch| matches!(touch, Touch::User(_)));
        let analysed = touches.iter().rposition(|touch| matches!(touch, Touch::Analyst(..)));
        let mut expected: Vec<&str> = match (wished, analysed) {
            (None, None) => vec![before],
            (Some(at), None) => vec![user(&touches[at])],
            (None, Some(at)) => analyst(&touches[at], before, (state, *suppressed)),
            // Analysts who end where they began changed nothing, unless they were seen on the way.
            (Some(wish), Some(at)) if at > wish => {
                let mut either = analyst(&touches[at], user(&touches[wish]), (state, *suppressed));
                if touches[at]
                    == Touch::Analyst(STATES.into_iter().find(|s| s == state).unwrap(), *suppressed)
                {
                    either.push(user(&touches[wish]));
                }
                either
            }
            // Identified and work in progress say the same to the other side, and so does a status to which a
            // user came back: no change there that could win.
            (Some(wish), Some(at))
                if agree(user(&touches[wish]), "NOT_SET", false)
                    || agree(user(&touches[wish]), state, *suppressed) =>
            {
                [vec![user(&touches[wish])], analyst(&touches[at], before, (state, *suppressed))].concat()
            }
            (Some(wish), Some(_)) => vec![user(&touches[wish])],
        };
        // Dependency-Track cannot be told to write only if nothing changed: a decision that arrives in the
        // moment in which an analyst decides may be the last word, whoever was first by a blink.
        if let (Some(wish), Some(at)) = (wished, analysed)
            && timed[wish].0.max(timed[at].0) - timed[wish].0.min(timed[at].0) < Duration::from_millis(600)
        {
            expected.push(user(&touches[wish]));
            expected.extend(analyst(&touches[at], before, (state, *suppressed)));
        }
        assert!(
            expected.contains(&status),
            "{key:?} is {status} and not {expected:?}; was {before}{}",
            self.story()
        );
    }

    /// Every change follows from the one before, each says who and from where, and no wish is missing.
    async fn check_history(&self, id: &str, status: &str) {
        let ask = "query ($id: ID!) { issueHistory(issueId: $id, limit: 100) { collection { field from to source actor reason } } }";
        let answer = self.ask(ask, json!({ "id": id })).await;
        let mut events = answer["issueHistory"]["collection"].as_array().unwrap().clone();
        events.retain(|event| event["field"] == "status");
        events.reverse();
        let mut at = Value::Null;
        for event in &events {
            assert_eq!(event["from"], at, "issue {id}: {events:#?}{}", self.story());
            assert!(!event["actor"].as_str().unwrap().is_empty() && event["source"].is_string());
            at = event["to"].clone();
        }
        assert_eq!(at, status, "issue {id}: {events:#?}");
        let by_user: Vec<&str> = events
            .iter()
            .filter(|event| event["source"] == "USER" && !event["from"].is_null())
            .map(|event| event["to"].as_str().unwrap())
            .collect();
        let wished: Vec<&str> = self.wishes.get(id).cloned().unwrap_or_default();
        // A status that a synchronization had changed back may have been set again: then it counts too.
        let mut rest = by_user.iter();
        for wish in &wished {
            assert!(
                rest.any(|done| done == wish),
                "issue {id}: {wished:?} against {by_user:?}{}",
                self.story()
            );
        }
    }

    fn story(&self) -> String {
        let from = self.log.len().saturating_sub(40);
        format!("\nwhat happened:\n  {}", self.log[from..].join("\n  "))
    }
}

fn user(touch: &Touch) -> &'static str {
    match touch {
        Touch::User(status) => status,
        Touch::Analyst(..) => unreachable!(),
    }
}

/// What an analyst's last word makes of an issue.
fn analyst<'a>(touch: &Touch, before: &'a str, was: (&str, bool)) -> Vec<&'a str> {
    let Touch::Analyst(state, suppressed) = touch else { unreachable!() };
    let mut out = vec![status_of(state, *suppressed)];
    if agree(before, state, *suppressed) || was == (*state, *suppressed) {
        out.push(before);
    }
    // Work that was begun meanwhile goes on when the analysis is taken back.
    if (*state, *suppressed) == ("NOT_SET", false) {
        out.extend(["IN_PROGRESS", "AWAITING_VALIDATION"]);
    }
    out
}

async fn play(generation: Generation, seed: u64) {
    let mut world = World::new(generation, seed).await;
    for _ in 0..4 {
        for _ in 0..25 {
            world.step().await;
        }
        world.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_come_to_agree_with_version_4() {
    play(Generation::Four, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_come_to_agree_with_version_5() {
    play(Generation::Five, 5).await;
}

/// More of the same for whoever looks for trouble: `MODEL_SEEDS=100..200 cargo test --test model -- --ignored`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "as long as one likes"]
async fn both_sides_come_to_agree_with_many_seeds() {
    let given = std::env::var("MODEL_SEEDS").unwrap_or_else(|_| "0..10".into());
    let (from, to) = given.split_once("..").unwrap();
    for seed in from.parse::<u64>().unwrap()..to.parse().unwrap() {
        eprintln!("seed {seed}");
        play(if seed % 2 == 0 { Generation::Four } else { Generation::Five }, seed).await;
    }
}
