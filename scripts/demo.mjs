// Walks the whole road on a server of its own, through the public APIs, and says what it saw:
// SBOM in, findings, import as an asset, a status decided on each side, an upgrade that fixes.
//
//   node scripts/demo.mjs [path of the binary]      PORT=8080, ONCE=1 ends after the walk
//
// Every step is checked; the first that does not hold ends the walk with exit code 1.

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const binary = resolve(process.argv[2] ?? join(root, 'target/release/twintrack'));
const port = Number(process.env.PORT || 8080);
const once = Boolean(process.env.ONCE);
const base = `http://127.0.0.1:${port}`;
const password = 'twintrack-demo';
const project = { name: 'saleor', version: 'demo' };
const sbomFile = (version) => join(root, 'demo/sboms', `saleor-${version}.cdx.json`);
const ALL_STATUSES = [
  'CREATED', 'DRAFT', 'IDENTIFIED', 'IN_PROGRESS', 'AWAITING_VALIDATION',
  'FIX_ACCEPTED', 'RISK_ACCEPTED', 'FALSE_POSITIVE', 'SUPPRESSED',
];

class Broken extends Error {}
function hold(condition, message) {
  if (!condition) throw new Broken(message);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Asks again until the answer is not undefined; gives up after a minute. */
async function until(what, ask) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    hold(Date.now() < deadline, `waited a minute for ${what}`);
    await pause(50);
  }
}

let steps = 0;
async function step(title, work) {
  const start = performance.now();
  try {
    const saw = await work();
    steps += 1;
    console.log(`✓ ${title}  (${Math.round(performance.now() - start)} ms)`);
    for (const line of [saw].flat()) if (line) console.log(`    ${line}`);
  } catch (error) {
    console.log(`✗ ${title}`);
    throw error;
  }
}

// ---------------------------------------------------------------- the server

const folder = mkdtempSync(join(tmpdir(), 'twintrack-demo-'));
const dataFolder = join(folder, 'data');
const logFile = join(folder, 'server.log');
let server;

function portIsFree() {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once('error', () => answer(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
  });
}

async function startServer() {
  const log = openSync(logFile, 'a');
  server = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', dataFolder, '--mirrors', 'false'], {
    stdio: ['ignore', log, log],
    env: cleanEnvironment(),
  });
  closeSync(log);
  let failure;
  server.once('error', (error) => {
    failure = error.message;
  });
  await until('the server', async () => {
    hold(!failure, failure);
    hold(server.exitCode === null, `the server ended with code ${server.exitCode}`);
    const answer = await fetch(`${base}/api/version`).catch(() => undefined);
    return answer?.ok ? true : undefined;
  });
}

/** The variables of the caller that would point the demo at other data. */
function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TWINTRACK_')));
}

async function stopServer() {
  if (server?.pid && server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  }
  rmSync(folder, { recursive: true, force: true });
}

function twintrack(...args) {
  const done = spawnSync(binary, [...args, '--data-dir', dataFolder], { encoding: 'utf8', env: cleanEnvironment() });
  hold(done.status === 0, `twintrack ${args.join(' ')}: ${done.stderr || done.error}`);
  return done.stdout.trim();
}

/** Resident memory of the server in MiB, where the system tells. */
function memory() {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1];
    return kib ? `${Math.round(kib / 1024)} MiB of memory` : '';
  } catch {
    return '';
  }
}

// ---------------------------------------------------------------- the two APIs

let analyzerKey;
let token;

async function rest(method, path, body) {
  const answer = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: { 'X-Api-Key': analyzerKey, ...(body && { 'Content-Type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  hold(answer.ok, `${method} /api/v1${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

function form(path, fields) {
  return fetch(`${base}/api/v1${path}`, { method: 'POST', body: new URLSearchParams(fields) });
}

async function graphql(query, variables = {}, headers = { Authorization: `Bearer ${token}` }) {
  const answer = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  hold(!errors, `GraphQL: ${errors?.map((e) => `${e.message} ${e.extensions?.hint ?? ''}`).join('; ')}`);
  return data;
}

async function uploadSbom(version) {
  const bom = readFileSync(sbomFile(version)).toString('base64');
  const accepted = await rest('PUT', '/bom', {
    projectName: project.name,
    projectVersion: project.version,
    autoCreate: true,
    bom,
  });
  hold(accepted?.token, 'the upload answered no token');
  await until('the analysis of the SBOM', async () =>
    (await rest('GET', `/bom/token/${accepted.token}`)).processing ? undefined : true,
  );
  return accepted.token;
}

const findings = (uuid) => rest('GET', `/finding/project/${uuid}?suppressed=true`);

/** All ids under which a finding's vulnerability is known. */
function idsOf({ vulnerability }) {
  const aliases = (vulnerability.aliases ?? []).flatMap((alias) => Object.values(alias));
  return [vulnerability.vulnId, ...aliases];
}

/** Findings of one package version that name the same vulnerability: what the platform makes one issue of. */
function groups(list) {
  const made = [];
  for (const finding of list) {
    const ids = new Set(idsOf(finding));
    const group = { purl: finding.component.purl, ids, findings: [finding] };
    for (let i = made.length - 1; i >= 0; i -= 1) {
      if (made[i].purl !== group.purl || ![...ids].some((id) => made[i].ids.has(id))) continue;
      const [same] = made.splice(i, 1);
      for (const id of same.ids) group.ids.add(id);
      group.findings.push(...same.findings);
    }
    made.push(group);
  }
  return made;
}

const sameGroup = (a, b) => a.purl === b.purl && [...a.ids].some((id) => b.ids.has(id));
const groupOf = (issue, list) =>
  list.find((group) => group.purl === issue.detail.purl && group.ids.has(issue.detail.vulnerabilityId));

function count(list, key) {
  const counts = new Map();
  for (const item of list) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return [...counts].sort().map(([name, n]) => `${n} ${name}`).join(', ');
}

let company;
let asset;

async function issues(statuses = ALL_STATUSES) {
  const all = [];
  for (let page = 1; ; page += 1) {
    const { issues: answer } = await graphql(
      `query ($company: ID!, $page: Int!, $filters: IssuesFiltersInput) {
        issues(companyId: $company, pagination: { page: $page, perPage: 100 }, filters: $filters) {
          collection { id title status severity ... on ScaFinding { detail { purl vulnerabilityId } } }
          metadata { totalCount totalPages }
        }
      }`,
      { company: company.id, page, filters: { assetIds: [asset.id], statuses } },
    );
    all.push(...answer.collection);
    if (page >= answer.metadata.totalPages) {
      hold(all.length === answer.metadata.totalCount, `${all.length} issues read, ${answer.metadata.totalCount} announced`);
      return all;
    }
  }
}

const issueStatus = async (id) =>
  (await graphql('query ($id: ID!) { issue(id: $id) { status } }', { id })).issue.status;

const RUN = 'id state phase created updated fixed reopened unchanged pushed errors { code message hint }';
const tellRun = (run) =>
  `run ${run.id}: ${run.state}, ${run.created} created, ${run.updated} updated, ${run.fixed} fixed, ${run.reopened} reopened, ${run.unchanged} unchanged`;

async function ended(id) {
  const run = await until('the end of the synchronization', async () => {
    const { syncRun } = await graphql(`query ($id: ID!) { syncRun(id: $id) { ${RUN} } }`, { id });
    return ['QUEUED', 'RUNNING'].includes(syncRun.state) ? undefined : syncRun;
  });
  hold(run.state === 'SUCCEEDED', `${tellRun(run)} ${JSON.stringify(run.errors)}`);
  return run;
}

async function latestRun() {
  const { syncRuns } = await graphql(
    'query ($company: ID!, $asset: ID!) { syncRuns(companyId: $company, assetId: $asset, page: 1, limit: 100) { collection { id createdAt } } }',
    { company: company.id, asset: asset.id },
  );
  return new Set(syncRuns.collection.map((run) => run.id));
}

async function synchronize() {
  const before = await latestRun();
  const { syncAsset } = await graphql(
    'mutation ($input: SyncAssetInput!) { syncAsset(input: $input) { assetId failureReason } }',
    { input: { assetId: asset.id, integration: 'DEPENDENCY_TRACK' } },
  );
  hold(!syncAsset.failureReason, syncAsset.failureReason);
  const id = await until('a new run', async () => [...(await latestRun())].find((run) => !before.has(run)));
  return ended(id);
}

function analysisOf({ component, vulnerability }) {
  return rest('GET', `/analysis?project=${component.project}&component=${component.uuid}&vulnerability=${vulnerability.uuid}`);
}

// ---------------------------------------------------------------- the walk

async function walk() {
  console.log('Twintrack: the whole road, on a fresh folder\n');

  await step('start the server', async () => {
    await startServer();
    const version = await (await fetch(`${base}/api/version`)).json();
    return `${base} answers as ${version.application} ${version.version}`;
  });

  await step('log in as admin/admin: the password must be changed first', async () => {
    const first = await form('/user/login', { username: 'admin', password: 'admin' });
    const told = await first.text();
    hold(first.status === 401 && told === 'FORCE_PASSWORD_CHANGE', `login answered ${first.status} ${told}`);
    const change = { username: 'admin', password: 'admin', newPassword: password, confirmPassword: password };
    const changed = await form('/user/forceChangePassword', change);
    hold(changed.ok, `the change answered ${changed.status} ${await changed.text()}`);
    const login = await form('/user/login', { username: 'admin', password });
    token = await login.text();
    hold(login.ok && token.split('.').length === 3, `login answered ${login.status}`);
    return [`401 ${told}`, 'changed, logged in'];
  });

  await step('create API keys on the command line while the server runs', () => {
    analyzerKey = twintrack('api-key', 'create', '--team', 'Administrators');
    hold(/^odt_[A-Za-z0-9]{8}_[A-Za-z0-9]{32}$/.test(analyzerKey), 'the key has an unknown form');
    return `${analyzerKey.slice(0, 12)}_…`;
  });

  await step('import the advisories', async () => {
    const args = ['advisories', 'import', '--source', 'osv', join(root, 'demo/advisories')];
    return [twintrack(...args), `again: ${twintrack(...args)}`];
  });

  let uuid;
  let before;
  await step('upload the SBOM of saleor 3.0.0', async () => {
    const upload = await uploadSbom('3.0.0');
    const { name, version } = project;
    uuid = (await rest('GET', `/project/lookup?name=${name}&version=${version}`)).uuid;
    return [`token ${upload}`, `project ${uuid}`];
  });

  await step('read its findings', async () => {
    const list = await findings(uuid);
    before = groups(list);
    hold(before.length >= 40, `only ${before.length} vulnerabilities found`);
    hold(before.length < list.length, 'no two ids of one vulnerability were joined');
    return [
      `${list.length} findings of ${before.length} vulnerabilities in ${new Set(list.map((f) => f.component.purl)).size} components`,
      count(list, (finding) => finding.vulnerability.severity),
    ];
  });

  let integration;
  await step('connect the platform to the analyzer', async () => {
    const { companies } = await graphql('{ companies { collection { id label } } }');
    company = companies.collection.find(({ label }) => label === 'Default');
    hold(company, 'there is no company Default');
    const saved = await graphql(
      `mutation ($input: SaveDependencyTrackIntegrationInput!) {
        saveDependencyTrackIntegration(input: $input) { integration { id } errors { message hint } }
      }`,
      {
        input: {
          companyId: company.id,
          apiUrl: base,
          apiToken: analyzerKey,
          severities: ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'NOTIFICATION'],
        },
      },
    );
    const { integration: made, errors } = saved.saveDependencyTrackIntegration;
    hold(made, errors.map((error) => error.message).join('; '));
    integration = made.id;
    const { checkConnection: check } = await graphql(
      `mutation ($input: CheckConnectionInput!) {
        checkConnection(input: $input) { ok application version latencyMs permissions { name granted } error { message } }
      }`,
      { input: { integrationId: integration } },
    );
    hold(check.ok, check.error?.message);
    return `${check.application ?? 'Dependency-Track'} ${check.version}; granted: ${check.permissions
      .filter(({ granted }) => granted)
      .map(({ name }) => name)
      .join(', ')}`;
  });

  await step('import the project as an asset', async () => {
    const { externalProjects } = await graphql(
      'query ($id: ID!) { externalProjects(integrationId: $id, search: "saleor") { collection { id name version } } }',
      { id: integration },
    );
    hold(externalProjects.collection.some(({ id }) => id === uuid), 'the project is not listed');
    const { associateProject } = await graphql(
      `mutation ($input: AssociateProjectInput!) {
        associateProject(input: $input) { data { asset { id name } syncRun { id } error { message } } errors }
      }`,
      { input: { companyId: company.id, integration: 'DEPENDENCY_TRACK', projectIds: [uuid] } },
    );
    const [made] = associateProject.data;
    hold(made?.asset && made.syncRun, made?.error?.message ?? String(associateProject.errors));
    asset = made.asset;
    const run = await ended(made.syncRun.id);
    return [`asset ${asset.id} ${asset.name}`, tellRun(run)];
  });

  let imported;
  await step('every vulnerability is one issue', async () => {
    imported = await issues();
    hold(imported.length === before.length, `${imported.length} issues of ${before.length} vulnerabilities`);
    hold(imported.every((issue) => groupOf(issue, before)), 'an issue matches no finding');
    return [`${imported.length} issues: ${count(imported, (issue) => issue.severity)}`, count(imported, (i) => i.status)];
  });

  // What is decided on here must still be there after the upgrade.
  const kept = new Set(JSON.parse(readFileSync(sbomFile('3.1.0'))).components.map(({ purl }) => purl));
  const staying = imported.filter((issue) => kept.has(issue.detail.purl));
  const accepted = staying.find((issue) => issue.severity === 'CRITICAL');
  const dismissed = staying.find((issue) => issue !== accepted && groupOf(issue, before).findings.length === 1);
  hold(accepted && dismissed, 'the demo data has no issue to decide on');

  await step('accept the risk of an issue: the analyzer shows it in its audit trail', async () => {
    const reason = 'Only staff can reach this query.';
    await graphql('mutation ($input: ChangeIssueStatusInput!) { changeIssueStatus(input: $input) { issue { status } } }', {
      input: { id: accepted.id, status: 'RISK_ACCEPTED', reason },
    });
    const comments = [];
    for (const finding of groupOf(accepted, before).findings) {
      const analysis = await until('the analysis', async () => {
        const now = await analysisOf(finding);
        return now?.analysisState === 'EXPLOITABLE' ? now : undefined;
      });
      const texts = analysis.analysisComments.map(({ comment }) => comment);
      hold(texts.includes('Analysis: NOT_SET → EXPLOITABLE'), 'the change is not in the trail');
      const why = texts.find((text) => text.includes(reason));
      hold(why, 'the reason is not in the trail');
      comments.push(`${finding.vulnerability.vulnId}: ${analysis.analysisState}; ${why.replaceAll('\n', ' ')}`);
    }
    return [`issue ${accepted.id} ${accepted.title}`, ...comments];
  });

  await step('mark a finding as false positive in the analyzer: the issue follows', async () => {
    const [{ component, vulnerability }] = groupOf(dismissed, before).findings;
    await rest('PUT', '/analysis', {
      project: component.project,
      component: component.uuid,
      vulnerability: vulnerability.uuid,
      analysisState: 'FALSE_POSITIVE',
      comment: 'That code is never reached.',
    });
    const run = await synchronize();
    const status = await issueStatus(dismissed.id);
    hold(status === 'FALSE_POSITIVE', `the issue is ${status}`);
    const other = await issueStatus(accepted.id);
    hold(other === 'RISK_ACCEPTED', `the accepted issue became ${other}`);
    return [`issue ${dismissed.id} ${dismissed.title}: ${status}`, tellRun(run)];
  });

  await step('synchronize again: nothing changes', async () => {
    const run = await synchronize();
    hold(run.created + run.updated + run.fixed + run.reopened === 0, tellRun(run));
    return tellRun(run);
  });

  await step('upload the SBOM of saleor 3.1.0 to the same project: what is gone turns Fixed', async () => {
    await uploadSbom('3.1.0');
    const after = groups(await findings(uuid));
    const run = await synchronize();
    const now = await issues();
    const gone = before.filter((group) => !after.some((other) => sameGroup(group, other)));
    const fixed = now.filter((issue) => issue.status === 'FIX_ACCEPTED');
    hold(gone.length >= 5, `only ${gone.length} vulnerabilities went away`);
    hold(fixed.length === gone.length, `${fixed.length} issues Fixed, ${gone.length} vulnerabilities gone`);
    hold(fixed.every((issue) => groupOf(issue, gone)), 'an issue turned Fixed whose finding is still there');
    hold(now.length - fixed.length === after.length, `${now.length - fixed.length} other issues, ${after.length} vulnerabilities left`);
    hold((await issueStatus(accepted.id)) === 'RISK_ACCEPTED', 'the accepted issue lost its status');
    hold((await issueStatus(dismissed.id)) === 'FALSE_POSITIVE', 'the false positive lost its status');
    return [`${before.length} vulnerabilities before, ${after.length} now, ${gone.length} gone`, tellRun(run), count(now, (i) => i.status)];
  });

  await step('a pipeline reads the open issues with a company key', async () => {
    const key = twintrack('api-key', 'create', '--company', 'Default');
    hold(key.startsWith('ttk_'), 'the key has an unknown form');
    const query = 'query ($id: ID!) { issues(companyId: $id, pagination: { page: 1, perPage: 1 }) { metadata { totalCount } } }';
    const { issues: answer } = await graphql(query, { id: company.id }, { 'x-api-key': key });
    const open = (await issues(['CREATED', 'IDENTIFIED', 'IN_PROGRESS', 'AWAITING_VALIDATION'])).length;
    hold(answer.metadata.totalCount === open, `${answer.metadata.totalCount} by key, ${open} by login`);
    return `${open} open issues`;
  });
}

// ---------------------------------------------------------------- main

if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error(`PORT=${process.env.PORT} is not a port; choose another: make demo PORT=8081`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(2);
}
if (!(await portIsFree())) {
  console.error(`Port ${port} is taken, perhaps by another demo. Choose another: make demo PORT=${port + 1}`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (interrupted) return;
    interrupted = true;
    await stopServer();
    console.log('\nstopped; the demo folder is removed');
    process.exit(steps > 0 && signal === 'SIGINT' ? 0 : 130);
  });
}

const start = performance.now();
try {
  await walk();
  console.log(`\n${steps} steps held in ${((performance.now() - start) / 1000).toFixed(1)} s; ${memory()}`);
} catch (error) {
  if (interrupted) await new Promise(() => {});
  console.error(`\n${error instanceof Broken ? error.message : error.stack}`);
  try {
    console.error(`\nlast lines of the server:\n${readFileSync(logFile, 'utf8').split('\n').slice(-30).join('\n')}`);
  } catch {
    // It never started.
  }
  await stopServer();
  process.exit(1);
}

if (once) {
  await stopServer();
  process.exit(0);
}
console.log(`\nOpen ${base} and log in as admin with the password ${password}. Ctrl-C stops.`);
server.once('exit', (code) => {
  if (interrupted) return;
  console.error(`the server ended by itself with code ${code}`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
});
