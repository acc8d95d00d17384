// What a server talks to beside sources: a Python package index, and a receiver of notifications.
import { createServer } from 'node:http'

/** Starts it on a free port. Every package's latest version is `latest`; `refuse` makes the receiver refuse. */
export async function startNeighbour(latest) {
  const received = []
  const neighbour = { url: '', received, refuse: false }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const name = /^\/pypi\/([^/]+)\/json/.exec(request.url)?.[1]
      if (name) {
        const upload = { upload_time_iso_8601: '2026-01-01T00:00:00Z', digests: {}, filename: `${name}.whl` }
        response.setHeader('content-type', 'application/json')
        response.end(
          JSON.stringify({ info: { name, version: latest }, releases: { [latest]: [upload] }, urls: [] }),
        )
      } else if (request.method === 'POST' && !neighbour.refuse) {
        received.push({ token: request.headers['x-hook'], body: JSON.parse(body) })
        response.end()
      } else {
        response.statusCode = request.method === 'POST' ? 503 : 404
        response.end()
      }
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  neighbour.url = `http://127.0.0.1:${server.address().port}`
  neighbour.stop = () => server.close()
  return neighbour
}
