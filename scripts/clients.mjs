// Public clients of Dependency-Track, unchanged, against a server of this build: each is installed from its
// registry at a pinned version into a temporary folder and does what a pipeline does with it.
//
//   node scripts/clients.mjs [path of the binary] [name of one client …]
//
// With TWINTRACK_URL and TWINTRACK_API_KEY set, a server that runs already is used (it must know the advisory of the
// walks: see `advisory`). Ends with status 1 when a client did not get what it came for.
//
// Left out: what PyPI, npm, Go and Maven Central do not serve (the plugins of Jenkins and Gradle, the actions of GitHub,
// owasp-dependency-track-cli), the empty packages dtrack and dtrack-cli of PyPI, and owasp-dependency-track-client from
// 5 on, which reads the answers of Dependency-Track 5 alone (a project without `collectionLogic` NONE).

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, unzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const binary = resolve(process.argv[2] ?? join(here, '../target/release/twintrack'));
const chosen = process.argv.slice(3);
const folder = mkdtempSync(join(tmpdir(), 'twintrack-clients-'));
const data = join(folder, 'data');

/** What runs a client: how to see that it is there, and Debian's package of it. */
const python = { package: 'python3-venv', check: ['python3', ['-c', 'import ensurepip, venv']] };
const npm = { package: 'npm', check: ['npm', ['--version']] };
const go = { package: 'golang-go', check: ['go', ['version']] };
const maven = { package: 'maven', check: ['mvn', ['--version']] };

/** Every client: how it is installed, and the program that drives it. */
const clients = [
  ...[
    // These two do not name what they need.
    ['dependency-track', '0.0.5', 'requests==2.32.5'],
    ['gt-dependency-track', '0.0.5', 'requests==2.32.5', 'typing-extensions==4.15.0'],
    ['dependency-track-client', '4.0.3'],
    ['dependency-track-api', '0.1.5'],
    ['owasp-dependency-track-client', '4.13.7'],
    ['dtrack-auditor', '1.5.0'],
    ['dtrack-mcp', '0.7.2'],
    ['violetbeacon-deptrack-client', '0.1.1'],
  ].map(([name, version, ...more]) => ({
    name,
    version,
    needs: python,
    install: (to) => [
      ['python3', ['-m', 'venv', to]],
      [join(to, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `${name}==${version}`, ...more]],
    ],
    run: (to) => [join(to, 'bin/python'), [join(here, 'clients', `walk_${name.replaceAll('-', '_')}.py`)]],
  })),
  {
    name: '@dependency-track/bom',
    version: '1.0.2',
    needs: npm,
    install: (to) => [['npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', to, '@dependency-track/bom@1.0.2']]],
    run: (to) => [process.execPath, [join(here, 'clients/bom.mjs'), to]],
  },
  {
    name: 'github.com/DependencyTrack/client-go',
    version: 'v0.18.0',
    needs: go,
    install: (to) => [
      ['cp', ['-R', `${join(here, 'clients/go')}/.`, to]],
      ['go', ['build', '-C', to, '-o', 'walk', '.']],
    ],
    run: (to) => [join(to, 'walk'), []],
  },
  {
    name: 'io.github.pmckeown:dependency-track-maven-plugin',
    version: '1.10.0',
    needs: maven,
    install: (to) => [['cp', [join(here, 'clients/pom.xml'), to]]],
    run: (to, { url, key }) => {
      const goal = (name) => `io.github.pmckeown:dependency-track-maven-plugin:1.10.0:${name}`;
      const option = (name, value) => `-Ddependency-track.${name}=${value}`;
      const goals = ['upload-bom', 'findings', 'metrics', 'score', 'policy-violations', 'delete-project'].map(goal);
      return ['mvn', ['--batch-mode', '--no-transfer-progress', ...goals,
        option('dependencyTrackBaseUrl', url), option('apiKey', key), option('projectName', 'maven-plugin'),
        option('projectVersion', '1.0'), option('bomLocation', join(folder, 'app.cdx.json')),
        // A finding is there: the build passes up to one, and would not with none allowed.
        '-DfindingThresholds.high=1', option('failOnError', 'true')]];
    },
    // What the plugin prints of what it was answered.
    prints: ['Still processing: false', '1 finding(s) were retrieved', 'GHSA-aaaa-bbbb-cccc (GITHUB)',
      'Inherited Risk Score: 5', '1 policy violation(s) were retrieved'],
  },
];

const document = {
  bomFormat: 'CycloneDX', specVersion: '1.5', version: 1,
  metadata: { component: { type: 'application', 'bom-ref': 'app', name: 'app', version: '1.0' } },
  components: ['left', 'right'].map((name) => {
    const purl = `pkg:npm/${name}@1.0.0`;
    return { type: 'library', 'bom-ref': purl, name, version: '1.0.0', purl };
  }),
  dependencies: [{ ref: 'app', dependsOn: ['pkg:npm/left@1.0.0'] }],
};

/** What the server knows: `left` before 2.0.0 has a flaw. */
const advisory = {
  schema_version: '1.6.0', id: 'GHSA-aaaa-bbbb-cccc', modified: '2026-01-01T00:00:00Z', published: '2026-01-01T00:00:00Z',
  summary: 'A flaw in left',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' }],
  affected: [{
    package: { ecosystem: 'npm', name: 'left' },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
  }],
};

/** Whoever uses `right` violates it. */
const policy = { name: 'clients', operator: 'ANY', violationState: 'INFO' };
const condition = { subject: 'PACKAGE_URL', operator: 'MATCHES', value: 'pkg:npm/right' };

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function twintrack(...args) {
  const done = spawnSync(binary, [...args, '--data-dir', data], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`twintrack ${args.join(' ')}: ${done.stderr}`);
  return done.stdout.trim();
}

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** A server with the advisory and a key that may do everything. */
async function serve() {
  const osv = join(folder, 'osv/npm');
  mkdirSync(osv, { recursive: true });
  writeFileSync(join(osv, `${advisory.id}.json`), JSON.stringify(advisory));
  twintrack('advisories', 'import', '--source', 'osv', dirname(osv));
  const port = await freePort();
  const server = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', data, '--log', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TWINTRACK_MIRRORS: 'false' },
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${url}/api/version`).then((r) => r.ok, () => false)); tries += 1) {
    if (tries > 600 || server.exitCode !== null) throw new Error('the server does not answer');
    await pause(100);
  }
  return { url, key: twintrack('api-key', 'create', '--team', 'Administrators'), stop: () => server.kill() };
}

async function put({ url, key }, path, body) {
  const headers = { 'X-Api-Key': key, 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/api/v1/${path}`, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Stands before the server and keeps what a client asked, and what it was answered. */
async function listen(server) {
  const calls = [];
  const { hostname, port } = new URL(server.url);
  const door = createServer((asked, answer) => {
    const { method, url: path, headers } = asked;
    const through = ask({ hostname, port, method, path, headers }, (answered) => {
      const call = { method, path, status: answered.statusCode, packed: answered.headers['content-encoding'], parts: [] };
      calls.push(call);
      answer.writeHead(answered.statusCode, answered.rawHeaders);
      answered.on('data', (part) => call.parts.push(part));
      answered.pipe(answer);
    });
    through.on('error', (error) => answer.destroy(error));
    asked.pipe(through);
  });
  await new Promise((ready) => door.listen(0, '127.0.0.1', ready));
  const told = ({ method, path, status, packed, parts }) => {
    const body = Buffer.concat(parts);
    const text = packed === 'br' ? brotliDecompressSync(body) : packed ? unzipSync(body) : body;
    return `${method} ${path}: ${status} ${text.toString().slice(0, 300)}`;
  };
  return {
    url: `http://127.0.0.1:${door.address().port}`,
    count: () => calls.length,
    broken: () => calls.filter(({ status }) => status >= 500).map(told),
    last: () => calls.slice(-5).map(told),
    close: () => { door.closeAllConnections(); door.close(); },
  };
}

const running = new Set();

function run([command, args], options) {
  return new Promise((done) => {
    // A group of its own, which ends as a whole.
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const end = () => {
      try {
        process.kill(-child.pid);
      } catch {
        // It has just ended.
      }
    };
    const late = setTimeout(end, 300_000);
    running.add(end);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { said += part; });
    const over = (answer) => {
      clearTimeout(late);
      running.delete(end);
      done(answer);
    };
    child.on('error', (error) => over({ ok: false, said: error.message }));
    child.on('close', (code, signal) => over({ ok: code === 0, said: `${said.trim()}${signal ? `\n(${signal})` : ''}` }));
  });
}

/** Makes sure that what a client needs is there. */
async function need({ check, package: name }) {
  if ((await run(check)).ok) return;
  const installed = await run(['bash', ['-euc', `source '${join(here, 'lib.sh')}'; install_package ${name}`]]);
  if (!installed.ok) throw new Error(installed.said);
}

/** What broke; nothing when the client got what it came for. */
async function use(client, server, door) {
  const to = join(folder, `${client.name}-${client.version}`.replaceAll(/[^a-z0-9.-]+/gi, '-'));
  mkdirSync(to, { recursive: true });
  for (const step of client.install(to)) {
    const installed = await run(step);
    if (!installed.ok) return `it could not be installed: ${installed.said}`;
  }
  const env = {
    ...process.env, URL: door.url, KEY: server.key, BOM: join(folder, 'app.cdx.json'),
    NO_PROXY: '127.0.0.1', PYTHONDONTWRITEBYTECODE: '1',
  };
  const { ok, said } = await run(client.run(to, { url: door.url, key: server.key }), { env, cwd: to });
  const missing = (client.prints ?? []).filter((text) => !said.includes(text)).map((text) => `it did not print: ${text}`);
  const broken = door.broken();
  if (ok && missing.length + broken.length === 0) return '';
  return [said, ...missing, ...broken, 'Its last calls:', ...door.last()].join('\n');
}

let failed = 0;
let server;
// Who interrupts ends what runs; the rest is not begun, and everything is cleared as always.
const waiting = clients.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    waiting.length = 0;
    for (const end of running) end();
  });
}
try {
  const unknown = chosen.filter((one) => !clients.some(({ name }) => name === one));
  if (unknown.length) throw new Error(`there is no client ${unknown}; the clients are: ${clients.map(({ name }) => name).join(', ')}`);
  if (!existsSync(binary)) throw new Error(`${binary} is not there`);
  writeFileSync(join(folder, 'app.cdx.json'), JSON.stringify(document));
  const { TWINTRACK_URL: url, TWINTRACK_API_KEY: key } = process.env;
  server = url && key ? { url, key, stop: () => {} } : await serve();
  const { uuid } = await put(server, 'policy', policy);
  await put(server, `policy/${uuid}/condition`, condition);
  // One after the other: they may ask the package manager.
  for (const tool of new Set(waiting.map(({ needs }) => needs))) await need(tool);
  const work = async () => {
    for (let client = waiting.shift(); client; client = waiting.shift()) {
      const began = Date.now();
      const door = await listen(server);
      const broken = await use(client, server, door).catch((error) => error.message);
      door.close();
      const about = `${client.name} ${client.version}: ${door.count()} calls, ${((Date.now() - began) / 1000).toFixed(1)} s`;
      failed += broken ? 1 : 0;
      console.log(broken ? `FAILED  ${about}\n${broken.replaceAll(/^/gm, '    ')}` : `ok      ${about}`);
    }
  };
  await Promise.all([work(), work()]);
} finally {
  server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
console.log(failed ? `${failed} clients failed` : 'every client got what it came for');
process.exitCode = failed ? 1 : 0;
