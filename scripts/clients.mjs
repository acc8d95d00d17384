// Public clients of Dependency-Track, unchanged, against a server of this build: each is installed from its
// registry at a pinned version into a temporary folder and does what a pipeline does with it.
//
//   node scripts/clients.mjs [path of the binary] [name of one client …]
//
// With TWINTRACK_URL and TWINTRACK_API_KEY set, a server that runs already is used (it must know the advisory
// of the walk: see `advisories`). Ends with status 1 when a client did not get what it came for.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const binary = resolve(process.argv[2] ?? join(here, '../target/release/twintrack'));
const chosen = process.argv.slice(3);
const folder = mkdtempSync(join(tmpdir(), 'twintrack-clients-'));
const data = join(folder, 'data');

/** Every client: how it is installed, and the program that drives it. */
const clients = [
  ...[
    // It does not name what it needs itself.
    ['dependency-track', '0.0.5', 'requests'],
    ['dependency-track-client', '4.0.3'],
    ['dependency-track-api', '0.1.5'],
    ['owasp-dependency-track-client', '4.13.7'],
    ['dtrack-auditor', '1.5.0'],
  ].map(([name, version, ...more]) => ({
    name,
    version,
    needs: 'python3',
    install: (to) => [
      ['python3', ['-m', 'venv', to]],
      [join(to, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `${name}==${version}`, ...more]],
    ],
    run: (to) => [join(to, 'bin/python'), [join(here, 'clients', `walk_${name.replaceAll('-', '_')}.py`)]],
  })),
  {
    name: '@dependency-track/bom',
    version: '1.0.2',
    needs: 'npm',
    install: (to) => [['npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', to, '@dependency-track/bom@1.0.2']]],
    run: (to) => [process.execPath, [join(here, 'clients/bom.mjs'), to]],
  },
  {
    name: 'github.com/DependencyTrack/client-go',
    version: 'v0.18.0',
    needs: ['go', 'version'],
    install: (to) => [
      ['cp', ['-R', `${join(here, 'clients/go')}/.`, to]],
      ['go', ['build', '-C', to, '-o', 'walk', '.']],
    ],
    run: (to) => [join(to, 'walk'), []],
  },
  {
    name: 'io.github.pmckeown:dependency-track-maven-plugin',
    version: '1.10.0',
    needs: 'mvn',
    install: (to) => [['cp', [join(here, 'clients/pom.xml'), to]]],
    run: (to, { url, key }) => {
      const goal = (name) => `io.github.pmckeown:dependency-track-maven-plugin:1.10.0:${name}`;
      const option = (name, value) => `-Ddependency-track.${name}=${value}`;
      const goals = ['upload-bom', 'findings', 'metrics', 'score', 'policy-violations', 'delete-project'].map(goal);
      return ['mvn', ['--batch-mode', '--quiet', '--no-transfer-progress', ...goals,
        option('dependencyTrackBaseUrl', url), option('apiKey', key), option('projectName', 'maven-plugin'),
        option('projectVersion', '1.0'), option('bomLocation', join(folder, 'app.cdx.json')),
        // A finding is there: the build passes up to one, and would not with none allowed.
        option('findingThresholds.high', '1'), option('failOnError', 'true')]];
    },
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
    if (tries > 600) throw new Error('the server does not answer');
    await pause(100);
  }
  return { url, key: twintrack('api-key', 'create', '--team', 'Administrators'), stop: () => server.kill() };
}

function ran([command, args], options) {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000, ...options });
  const said = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim();
  return { ok: done.status === 0, said: done.error ? `${done.error.message}\n${said}` : said };
}

function use(client, server) {
  const [tool, asked] = [client.needs].flat();
  if (spawnSync(tool, [asked ?? '--version']).error) return { ok: true, said: `skipped: ${tool} is not installed` };
  const to = join(folder, client.name.replaceAll('/', '-'));
  mkdirSync(to, { recursive: true });
  for (const step of client.install(to)) {
    const installed = ran(step, {});
    if (!installed.ok) return { ok: false, said: `it could not be installed: ${installed.said}` };
  }
  const env = { ...process.env, URL: server.url, KEY: server.key, BOM: join(folder, 'app.cdx.json'), NO_PROXY: '127.0.0.1', PYTHONDONTWRITEBYTECODE: '1' };
  return ran(client.run(to, server), { env, cwd: to });
}

let failed = 0;
let server;
try {
  if (!existsSync(binary)) throw new Error(`${binary} is not there`);
  writeFileSync(join(folder, 'app.cdx.json'), JSON.stringify(document));
  const { TWINTRACK_URL: url, TWINTRACK_API_KEY: key } = process.env;
  server = url && key ? { url, key, stop: () => {} } : await serve();
  for (const client of clients.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
    const { ok, said } = use(client, server);
    failed += ok ? 0 : 1;
    console.log(`${ok ? 'ok' : 'FAILED'}  ${client.name} ${client.version}${said && `\n${said.replaceAll(/^/gm, '    ')}`}`);
  }
} finally {
  server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
console.log(failed ? `${failed} clients failed` : 'every client got what it came for');
process.exitCode = failed ? 1 : 0;
