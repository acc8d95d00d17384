// An LDAP directory (RFC 4511) with groups: it lets everybody in and answers searches by what their filter contains.
import { createServer } from 'node:net'

const SEQUENCE = 0x30
const OCTETS = 0x04
const ENUMERATED = 0x0a
const BIND = { request: 0x60, response: 0x61 }
const SEARCH = { request: 0x63, entry: 0x64, done: 0x65 }
const SUBSTRINGS = 0xa4

/** One element of BER; lengths are written in two bytes, whatever they are. */
function element(tag, content) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, 0x82, bytes.length >> 8, bytes.length & 0xff]), bytes])
}

const octets = (text) => element(OCTETS, Buffer.from(text))
const result = (tag) => element(tag, [element(ENUMERATED, Buffer.from([0])), octets(''), octets('')])

/** The first element of some bytes, and what is behind it; nothing while it is not all there. */
function first(bytes) {
  if (bytes.length < 2) return undefined
  const long = bytes[1] > 0x7f ? bytes[1] & 0x7f : 0
  const length = long ? Number.parseInt(bytes.subarray(2, 2 + long).toString('hex'), 16) : bytes[1]
  const start = 2 + long
  if (!(bytes.length >= start + length)) return undefined
  return {
    tag: bytes[0],
    content: bytes.subarray(start, start + length),
    rest: bytes.subarray(start + length),
  }
}

function parts(bytes) {
  const found = []
  for (let next = first(bytes); next; next = first(next.rest)) found.push(next)
  return found
}

/** What names have to contain to pass a filter. */
function wanted(filter) {
  if (filter.tag !== SUBSTRINGS) return []
  return parts(parts(filter.content)[1].content).map((part) => part.content.toString().toLowerCase())
}

/** Starts it on a free port of this machine. */
export async function startDirectory(groups) {
  const sockets = new Set()
  const server = createServer((socket) => {
    sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      for (let message = first(bytes); message; message = first(bytes)) {
        bytes = message.rest
        const [id, operation] = parts(message.content)
        const answer = (content) => socket.write(element(SEQUENCE, [element(0x02, id.content), content]))
        if (operation.tag === BIND.request) answer(result(BIND.response))
        if (operation.tag !== SEARCH.request) continue
        const needles = wanted(parts(operation.content)[6])
        for (const dn of groups.filter((one) => needles.every((text) => one.toLowerCase().includes(text))))
          answer(element(SEARCH.entry, [octets(dn), element(SEQUENCE, [])]))
        answer(result(SEARCH.done))
      }
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `ldap://127.0.0.1:${server.address().port}`,
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
