// A real server on a free port, with a data folder of its own.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const binary = resolve(
  process.env.TWINTRACK_BIN ?? new URL('../../../target/release/twintrack', import.meta.url).pathname,
)

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

/** Starts the server, with options as variables, and waits until it answers. */
export async function startServer(options = {}) {
  const data = await mkdtemp(join(tmpdir(), 'twintrack-browser-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Sources are mirrored when a walk says so, from where it says: never from the network.
    env: { ...process.env, TWINTRACK_MIRRORS: 'false', ...options },
  })
  let log = ''
  let exited = null
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk))
  const gone = new Promise((done) => {
    child.once('error', (error) => {
      exited = error.message
      done()
    })
    child.once('exit', (code, signal) => {
      exited ??= `exit ${code ?? signal}`
      done()
    })
  })
  const end = Date.now() + 30_000
  for (;;) {
    const ok = await fetch(`${url}/api/version`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ok) break
    if (exited || Date.now() > end) {
      child.kill('SIGKILL')
      await rm(data, { recursive: true, force: true })
      throw new Error(`${binary} did not start (${exited ?? 'no answer in 30 s'}):\n${log}`)
    }
    await new Promise((done) => setTimeout(done, 100))
  }
  return {
    url,
    log: () => log,
    /** Runs another command of the binary on the same data folder, while the server runs. */
    run: (...args) => promisify(execFile)(binary, [...args, '--data-dir', data]),
    async stop() {
      if (!exited) child.kill('SIGTERM')
      await Promise.race([gone, new Promise((done) => setTimeout(done, 10_000))])
      if (!exited) child.kill('SIGKILL')
      await rm(data, { recursive: true, force: true })
    },
  }
}
