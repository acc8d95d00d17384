// Measures vulnerability intelligence on a release binary: importing advisories, matching package versions, from a
// changed advisory to the findings of a large portfolio, and scanning an SBOM without a server. Absolute times are
// this machine's; quote the ratios.
//
//   node scripts/bench-intelligence.mjs [path of the binary] [folder of OSV archives, <ecosystem>/all.zip]
//
// With OSV_SCANNER set to an osv-scanner 2 binary, the scans are measured side by side with it: (x10) says how many
// times faster a way is than the last one of its line. SBOM names one SBOM to scan instead of all beside the corpus.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const binary = process.argv[2] ?? 'target/release/twintrack';
const corpus = process.argv[3] || undefined;
const folder = mkdtempSync(join(tmpdir(), 'twintrack-bench-'));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs a command to its end; milliseconds, and what it printed unless that is `thrown` away. */
function measured(command, args, { allowed = [0], thrown = false } = {}) {
  const start = performance.now();
  const stdio = ['ignore', thrown ? 'ignore' : 'pipe', 'pipe'];
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio });
  const ms = performance.now() - start;
  if (!allowed.includes(done.status)) throw new Error(`${command} ${args.join(' ')}: ${done.status} ${done.stderr}`);
  return { ms, out: done.stdout };
}

/** As measured, with the peak of memory, which the kernel keeps for the process while it runs. */
async function watched(command, args) {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, errors, peak] = ['', '', 0];
  child.stdout.on('data', (text) => { out += text; });
  child.stderr.on('data', (text) => { errors += text; });
  const look = setInterval(() => {
    try {
      const line = readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/);
      peak = Math.max(peak, Number(line?.[1] ?? 0) / 1024);
    } catch {}
  }, 5);
  const status = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(look);
  if (status !== 0) throw new Error(`${args.join(' ')}: ${errors}`);
  return { ms: performance.now() - start, peak, out };
}

const show = (what, text) => console.log(`  ${what.padEnd(58)} ${text}`);
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

/** An OSV record of a package that exists only here. */
const record = (n, fixed = '2.0.0') => ({
  id: `BENCH-${n}`,
  modified: '2026-01-01T00:00:00Z',
  summary: `Flaw ${n}`,
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' }],
  affected: [{
    package: { ecosystem: 'npm', name: `bench-${n}` },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
  }],
});

function write(place, records) {
  mkdirSync(join(place, 'npm'), { recursive: true });
  for (const one of records) writeFileSync(join(place, 'npm', `${one.id}.json`), JSON.stringify(one));
  return place;
}

/** The archives of a folder: their uncompressed size in bytes. */
function unpacked(place) {
  let bytes = 0;
  for (const name of readdirSync(place)) {
    const zip = join(place, name, 'all.zip');
    if (!existsSync(zip)) continue;
    const list = execFileSync('unzip', ['-l', zip], { encoding: 'utf8', maxBuffer: 1 << 28 });
    bytes += Number(list.trim().split('\n').at(-1).trim().split(/\s+/)[0]);
  }
  return bytes;
}

async function imports() {
  console.log('\nimport');
  let place = corpus;
  let size = 0;
  if (place) {
    // Three ecosystems, as one measure that can be compared.
    place = join(folder, 'three');
    for (const name of ['npm', 'PyPI', 'Maven']) cpSync(join(corpus, name), join(place, name), { recursive: true });
    size = unpacked(place);
  } else {
    place = write(join(folder, 'own'), Array.from({ length: 10_000 }, (_, n) => record(n)));
    for (const name of readdirSync(join(place, 'npm'))) size += statSync(join(place, 'npm', name)).size;
  }
  const places = corpus ? [['npm, PyPI, Maven', place, size], ['every ecosystem', corpus, unpacked(corpus)]] : [['10,000 records', place, size]];
  for (const [what, from, bytes] of places) {
    const data = join(folder, `import-${what.length}`);
    const first = await watched(binary, ['advisories', 'import', '--source', 'osv', from, '--data-dir', data, '--json']);
    const report = JSON.parse(first.out);
    const rate = (report.read / first.ms) * 1000;
    show(
      `${what}: ${report.read} advisories, ${(bytes / 1e6).toFixed(1)} MB`,
      `${seconds(first.ms)}  ${rate.toFixed(0)} advisories/s  ${(bytes / 1e3 / first.ms).toFixed(1)} MB/s  peak ${first.peak.toFixed(0)} MiB`,
    );
    const again = await watched(binary, ['advisories', 'import', '--source', 'osv', from, '--data-dir', data, '--json']);
    show('  the same again, nothing changed', `${seconds(again.ms)}  x${(again.ms / first.ms).toFixed(2)}`);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function portfolio() {
  console.log('\na portfolio of 1,000 projects with 300 components each');
  const data = join(folder, 'portfolio');
  const args = ['--data-dir', data];
  // 2,000 packages in 50 versions: 100,000 package versions, of which each project uses 300.
  const [packages, versions] = [2_000, 50];
  measured(binary, ['advisories', 'import', '--source', 'osv', write(join(folder, 'base'), Array.from({ length: packages }, (_, n) => record(n, `1.${n % versions}.0`))), ...args]);
  const port = await freePort();
  const server = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, ...args, '--log', 'warn', '--mirrors', 'false'], { stdio: 'inherit' });
  try {
    const base = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${base}/api/version`).catch(() => null))?.ok) await sleep(5);
    const key = measured(binary, ['api-key', 'create', '--team', 'Administrators', ...args]).out.trim();
    const api = async (method, path, body) => {
      const answer = await fetch(base + path, {
        method,
        headers: { 'X-Api-Key': key, ...(body && { 'Content-Type': 'application/json' }) },
        body: body && JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return { body: await answer.json().catch(() => null), total: Number(answer.headers.get('x-total-count')) };
    };
    const filling = performance.now();
    const tokens = [];
    for (let p = 0; p < 1_000; p += 1) {
      const components = Array.from({ length: 300 }, (_, c) => {
        // Every project has the package that will change, and others in turn.
        const n = c === 0 ? 7 : (p * 299 + c) % packages;
        const version = `1.${c === 0 ? p % versions : (p + c) % versions}.0`;
        const purl = `pkg:npm/bench-${n}@${version}`;
        return { type: 'library', 'bom-ref': `${c}`, name: `bench-${n}`, version, purl };
      });
      const bom = Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components })).toString('base64');
      const { body } = await api('PUT', '/api/v1/bom', { projectName: `p${p}`, projectVersion: '1', autoCreate: true, bom });
      tokens.push(body.token);
    }
    for (const token of tokens) while ((await api('GET', `/api/v1/event/token/${token}`)).body.processing) await sleep(20);
    show('1,000 SBOMs uploaded and analysed', seconds(performance.now() - filling));

    const all = await watched(binary, ['analyze', '--all', '--json', ...args]);
    const report = JSON.parse(all.out);
    if (report.changed !== 0) throw new Error(`a second analysis changed ${report.changed}`);
    show(
      `analyze --all: ${report.packageVersions} package versions, none changed`,
      `${seconds(report.seconds * 1000)}  ${(report.packageVersions / report.seconds).toFixed(0)} package versions/s  peak ${all.peak.toFixed(0)} MiB`,
    );

    // The flaw of package 7 now reaches every version of it: a finding in each project.
    const count = async () => {
      const path = '/api/v1/vulnerability/source/OSV/vuln/BENCH-7-NEW/projects?pageNumber=1&pageSize=1';
      const answer = await fetch(base + path, { headers: { 'X-Api-Key': key } });
      return answer.ok ? Number(answer.headers.get('x-total-count')) : 0;
    };
    const [found, ended] = [[], []];
    for (let round = 0; round < 5; round += 1) {
      const one = { ...record(7, round % 2 === 0 ? '9.0.0' : '0.0.1'), id: 'BENCH-7-NEW' };
      const place = write(join(folder, `change-${round}`), [one]);
      const wanted = round % 2 === 0 ? 1_000 : 0;
      const start = performance.now();
      const whole = watched(binary, ['advisories', 'import', '--source', 'osv', place, ...args]);
      const seen = async () => {
        while ((await count()) !== wanted) await sleep(2);
        found.push(performance.now() - start);
      };
      // Whichever of them fails ends the measurement.
      const [{ ms }] = await Promise.all([whole, seen()]);
      ended.push(ms);
    }
    show(
      'a changed advisory, until 1,000 findings are there (or gone)',
      `median ${median(found).toFixed(0)} ms, with the start of the process; projects counted ${median(ended).toFixed(0)} ms`,
    );
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.on('exit', resolve));
  }
}

/** The SBOMs to scan: one that is given, those beside the corpus, or one of our own. */
function sboms() {
  if (process.env.SBOM) return [process.env.SBOM];
  const beside = corpus && join(corpus, '..', 'sboms', 'apps');
  if (beside && existsSync(beside)) {
    return readdirSync(beside).filter((name) => name.endsWith('.cdx.json')).map((name) => join(beside, name));
  }
  const own = join(folder, 'own.cdx.json');
  const components = Array.from({ length: 1_000 }, (_, n) => {
    const purl = `pkg:npm/bench-${n * 7}@1.0.0`;
    return { type: 'library', name: `bench-${n * 7}`, version: '1.0.0', purl };
  });
  writeFileSync(own, JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components }));
  return [own];
}

/** Scans of SBOMs, each a process of its own, our own and (where given) osv-scanner's in turn. */
function scans() {
  console.log('\nscan without a server (each a process of its own, medians)');
  const place = corpus ?? join(folder, 'own');
  const data = join(folder, 'scan');
  measured(binary, ['advisories', 'import', '--source', 'osv', place, '--data-dir', data]);
  const peer = corpus && process.env.OSV_SCANNER;
  const home = join(folder, 'osv');
  if (peer) cpSync(corpus, join(home, 'osv-scalibr'), { recursive: true });
  const ways = {
    imported: (sbom) => measured(binary, ['scan', sbom, '--db', data, '--format', 'json'], { thrown: true }),
    ...(corpus && {
      archives: (sbom) => measured(binary, ['scan', sbom, '--db', place, '--format', 'json'], { thrown: true }),
    }),
    ...(peer && {
      'osv-scanner': (sbom) => {
        const args = ['scan', 'source', '--offline', '--offline-vulnerabilities', '--local-db-path', home, '-f', 'json'];
        return measured(peer, [...args, '-L', sbom], { allowed: [0, 1], thrown: true });
      },
    }),
  };
  for (const sbom of sboms()) {
    const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let n = 0; n < 15; n += 1) {
      for (const [way, run] of Object.entries(ways)) times[way].push(run(sbom).ms);
    }
    const found = Object.entries(times).map(([way, all]) => [way, median(all.slice(1))]);
    const last = found.at(-1)[1];
    const parts = found.map(([way, ms]) => `${way} ${ms.toFixed(1)} ms${ms === last ? '' : ` (x${(last / ms).toFixed(1)})`}`);
    show(basename(sbom), parts.join('  '));
  }
}

try {
  await imports();
  scans();
  await portfolio();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
