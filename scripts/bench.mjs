// Measures the road on a running release binary: each job at 1x, 10x and 100x its size, so that
// growth shows. Absolute times are this machine's; quote the ratios.
//
//   node scripts/bench.mjs [path of the binary]

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = process.argv[2] ?? 'target/release/twintrack';
const folder = mkdtempSync(join(tmpdir(), 'twintrack-bench-'));
const data = join(folder, 'data');
const port = await freePort();
const base = `http://127.0.0.1:${port}`;
let server;

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function run(args) {
  const done = spawnSync(binary, [...args, '--data-dir', data], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`twintrack ${args.join(' ')}: ${done.stderr}`);
  return done.stdout.trim();
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs the work several times and keeps the median, after one run that does not count. */
async function measure(work, runs = 7) {
  await work(0);
  const times = [];
  for (let i = 1; i <= runs; i += 1) times.push(await timed(() => work(i)));
  return median(times);
}

let key;
let company;
async function api(method, path, body) {
  const answer = await fetch(base + path, {
    method,
    headers: { 'X-Api-Key': key, ...(body && { 'Content-Type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return { body: await answer.json(), total: Number(answer.headers.get('x-total-count')) };
}

/** An advisory as OSV publishes them, for a package that exists only here. */
const advisory = (set, n) => ({
  schema_version: '1.6.0',
  id: `BENCH-${set}-${n}`,
  modified: '2026-01-01T00:00:00Z',
  published: '2026-01-01T00:00:00Z',
  summary: `Flaw ${n}`,
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: `bench-${set}-${n}` },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
    },
  ],
});

/** A CycloneDX document of so many components, one in ten of them with a flaw. */
function bom(size, flawed) {
  const components = Array.from({ length: size }, (_, n) => {
    const name = n % 10 === 0 ? `bench-${flawed}-${(n / 10) % 100}` : `plain-${n}`;
    const version = `1.${Math.floor(n / 1000)}.${n}`;
    const purl = `pkg:npm/${name}@${version}`;
    return { type: 'library', 'bom-ref': `${purl}#${n}`, name, version, purl };
  });
  return { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components };
}

async function upload(project, version, document) {
  const { body } = await api('PUT', '/api/v1/bom', {
    projectName: project,
    projectVersion: version,
    autoCreate: true,
    bom: Buffer.from(JSON.stringify(document)).toString('base64'),
  });
  for (;;) {
    const state = await api('GET', `/api/v1/event/token/${body.token}`);
    if (!state.body.processing) break;
    await sleep(2);
  }
  const project_ = await api('GET', `/api/v1/project/lookup?name=${project}&version=${version}`);
  const findings = await api('GET', `/api/v1/finding/project/${project_.body.uuid}`);
  return { uuid: project_.body.uuid, findings: findings.body.length };
}

async function graphql(query, variables) {
  const answer = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'x-api-key': company, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  // A caller has 1,200 requests a minute; what is measured never waits for them.
  if (answer.status === 429) {
    await sleep(Number(answer.headers.get('retry-after')) * 1000);
    return graphql(query, variables);
  }
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Waits for the end of a run; how long it took by the server's own record, in milliseconds. */
async function ended(id) {
  for (;;) {
    const { syncRun: run } = await graphql(
      `{ syncRun(id: ${id}) { state durationMs created unchanged updated errors { message } } }`,
    );
    if (run.state === 'SUCCEEDED') return run;
    if (run.state !== 'QUEUED' && run.state !== 'RUNNING') throw new Error(JSON.stringify(run));
    await sleep(100);
  }
}

/**
 * The platform connected to the analyzer of the same process: imports, synchronizations without a change, and
 * decisions that go out, each beside the time in which the same findings are fetched from the same server.
 */
async function integration() {
  company = run(['api-key', 'create', '--company', 'Default', '--role', 'ADMIN']);
  await graphql(
    `mutation ($url: String!, $token: String!) { saveDependencyTrackIntegration(input: { companyId: 1, apiUrl: $url,
      apiToken: $token, severities: [CRITICAL, HIGH, MEDIUM, LOW, NOTIFICATION] }) { errors { message } } }`,
    { url: base, token: key },
  );
  console.log('\nthe integration, beside fetching the same findings from the same server');
  let asset;
  for (const size of [1000, 10000]) {
    const components = Array.from({ length: size }, (_, n) => {
      const name = `bench-1000-${n % 1000}`;
      const version = `1.${Math.floor(n / 1000)}.0`;
      const purl = `pkg:npm/${name}@${version}`;
      return { type: 'library', 'bom-ref': purl, name, version, purl };
    });
    const document = { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components };
    const { uuid, findings } = await upload(`sync-${size}`, '1', document);
    if (findings !== size) throw new Error(`${findings} findings instead of ${size}`);
    const fetching = await measure(() => api('GET', `/api/v1/finding/project/${uuid}?suppressed=true`), 5);
    const { associateProject } = await graphql(
      `mutation ($id: ID!) { associateProject(input: { companyId: 1, integration: DEPENDENCY_TRACK, projectIds: [$id] })
        { data { asset { id } syncRun { id } } } }`,
      { id: uuid },
    );
    const [made] = associateProject.data;
    asset = size === 1000 ? { id: made.asset.id, uuid, fetching } : asset;
    const show = (what, ms) =>
      console.log(
        `  ${String(size).padStart(7)} findings     ${ms.toFixed(1).padStart(10)} ms  x${(ms / fetching).toFixed(2).padStart(8)}  ${what}`,
      );
    show('fetched', fetching);
    const first = await ended(made.syncRun.id);
    if (first.created !== size) throw new Error(JSON.stringify(first));
    show('imported', first.durationMs);
    const again = [];
    for (let n = 0; n < 3; n += 1) {
      await graphql(
        `mutation { syncAsset(input: { assetId: ${made.asset.id}, integration: DEPENDENCY_TRACK }) { assetId } }`,
      );
      const { syncRuns } = await graphql(
        `{ syncRuns(companyId: 1, assetId: ${made.asset.id}, limit: 1) { collection { id } } }`,
      );
      const run_ = await ended(syncRuns.collection[0].id);
      if (run_.unchanged !== size) throw new Error(JSON.stringify(run_));
      again.push(run_.durationMs);
    }
    show('synchronized without a change', median(again));
  }

  const ids = [];
  for (let page = 1; page <= 10; page += 1) {
    const { issues } = await graphql(
      `{ issues(companyId: 1, pagination: { page: ${page}, perPage: 100 }, filters: { assetIds: [${asset.id}] })
        { collection { id } } }`,
    );
    ids.push(...issues.collection.map((issue) => issue.id));
  }
  // One at a time on an idle machine: from the answer of the change to the decision on the other side.
  const analysed = async () =>
    (await api('GET', `/api/v1/finding/project/${asset.uuid}?suppressed=true`)).body.filter((f) => f.analysis.state).length;
  const single = [];
  for (const id of ids.slice(0, 21)) {
    const before = await analysed();
    single.push(
      await timed(async () => {
        await graphql(
          `mutation { changeIssueStatus(input: { id: ${id}, status: RISK_ACCEPTED, reason: "bench" }) { issue { id } } }`,
        );
        while ((await analysed()) === before);
      }),
    );
  }
  console.log(
    `  one decision, from the change to being read on the other side: median ${median(single).toFixed(1)} ms (of which one fetch takes ${asset.fetching.toFixed(1)} ms)`,
  );
  const all = await timed(async () => {
    await graphql(
      `mutation ($ids: [ID!]!) { changeIssuesStatus(input: { ids: $ids, status: FALSE_POSITIVE, reason: "bench" })
        { errors { message } } }`,
      { ids },
    );
    for (;;) {
      const { pendingPushes } = await graphql('{ pendingPushes(integrationId: 1) { metadata { totalCount } } }');
      if (pendingPushes.metadata.totalCount === 0) break;
      await sleep(100);
    }
  });
  console.log(
    `  ${ids.length} decisions      ${all.toFixed(1).padStart(10)} ms  x${(all / asset.fetching).toFixed(2).padStart(8)}  changed and sent`,
  );
}

function report(title, unit, rows) {
  console.log(`\n${title}`);
  const [first] = rows;
  for (const row of rows) {
    const ratio = (row.time / first.time).toFixed(2).padStart(8);
    const each = ((row.time * 1000) / row.size).toFixed(1).padStart(10);
    console.log(
      `  ${String(row.size).padStart(7)} ${unit.padEnd(12)} ${row.time.toFixed(1).padStart(10)} ms  x${ratio}  ${each} us each`,
    );
  }
}

try {
  const start = performance.now();
  server = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', data, '--log', 'warn', '--requests-per-second', '0', '--mirrors', 'false'], {
    stdio: 'inherit',
  });
  while (!(await fetch(`${base}/api/version`).catch(() => null))?.ok) await sleep(5);
  console.log(`cold start on a fresh folder to the first 200: ${(performance.now() - start).toFixed(0)} ms`);
  key = run(['api-key', 'create', '--team', 'Administrators']);

  const imports = [];
  for (const size of [100, 1000, 10000]) {
    const source = join(folder, `osv-${size}`);
    mkdirSync(join(source, 'npm'), { recursive: true });
    for (let n = 0; n < size; n += 1) {
      const record = advisory(size, n);
      writeFileSync(join(source, 'npm', `${record.id}.json`), JSON.stringify(record));
    }
    imports.push({ size, time: await timed(() => run(['advisories', 'import', '--source', 'osv', source])) });
  }
  report('advisory import (a process of its own each)', 'advisories', imports);

  const uploads = [];
  for (const size of [50, 500, 5000]) {
    let seen;
    const document = bom(size, 100);
    const time = await measure(async (n) => {
      seen = await upload(`upload-${size}`, `${n}`, document);
    });
    if (seen.findings !== size / 10) throw new Error(`${seen.findings} findings instead of ${size / 10}`);
    uploads.push({ size, time });
  }
  report('upload of an SBOM to its findings readable', 'components', uploads);

  const findings = [];
  const components = [];
  for (const size of [50, 500, 5000]) {
    const { uuid } = await upload(`list-${size}`, '1', bom(size, 100));
    findings.push({ size: size / 10, time: await measure(() => api('GET', `/api/v1/finding/project/${uuid}`)) });
    const page = `/api/v1/component/project/${uuid}?pageNumber=1&pageSize=50`;
    components.push({ size, time: await measure(() => api('GET', page)) });
  }
  report('all findings of a project', 'findings', findings);
  report('the first 50 components of a project', 'components', components);

  const projects = [];
  let made = (await api('GET', '/api/v1/project?pageNumber=1&pageSize=1')).total;
  for (const size of [made, made * 10, made * 100]) {
    for (; made < size; made += 1) await api('PUT', '/api/v1/project', { name: `p-${made}`, version: '1' });
    projects.push({ size, time: await measure(() => api('GET', '/api/v1/project?pageNumber=1&pageSize=50')) });
  }
  report('the first 50 projects', 'projects', projects);

  await integration();
} finally {
  server?.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
