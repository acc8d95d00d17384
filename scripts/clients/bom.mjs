// @dependency-track/bom: the command of a Node.js pipeline, which uploads, reads metrics and deletes.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const [, , folder] = process.argv;
const { URL: url, KEY: key, BOM: bom } = process.env;
const command = join(folder, 'node_modules/@dependency-track/bom/bin/dependency-track');
const about = ['--apiKey', key, '--dependencyTrackBaseUrl', url, '--projectName', 'node-bom', '--projectVersion', '1.0'];
const broken = [];

const ask = (path) => fetch(`${url}/api/v1/${path}`, { headers: { 'X-Api-Key': key } });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Runs the command; what it printed. */
function run(...args) {
  const done = spawnSync(process.execPath, [command, ...args, ...about], { encoding: 'utf8', timeout: 60_000 });
  return done.stdout + done.stderr;
}

function hold(name, condition, said) {
  if (!condition) broken.push(`${name}: ${said}`);
}

hold('-u', run('-u', bom).includes('Bom file uploaded'), 'the BOM was not uploaded');
let metrics = '';
for (let tries = 0; tries < 50 && !metrics.includes('"components": 2'); tries += 1) {
  await pause(200);
  metrics = run('-m');
}
hold('-m', metrics.includes('"vulnerabilities": 1'), metrics);
hold('-d', run('-d').includes('has been deleted'), 'the project was not deleted');
const gone = await ask('project/lookup?name=node-bom&version=1.0');
hold('lookup', gone.status === 404, `the project is still there (${gone.status})`);
for (const line of broken) console.log(line);
process.exitCode = broken.length ? 1 : 0;
