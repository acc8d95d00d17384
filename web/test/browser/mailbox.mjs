// A mail server (RFC 5321) that keeps what it is sent.
import { createServer } from 'node:net'

/** Starts it on a free port of this machine; `refuse` makes it take no mail. */
export async function startMailbox() {
  const mailbox = { port: 0, mails: [], refuse: false }
  const sockets = new Set()
  const server = createServer((socket) => {
    sockets.add(socket)
    const say = (text) => socket.write(`${text}\r\n`)
    let text = ''
    let mail
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      text += chunk
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        if (mail !== undefined && line !== '.') mail += `${line}\n`
        else if (mail !== undefined) {
          mailbox.mails.push(mail)
          mail = undefined
          say('250 kept')
        } else if (/^(EHLO|HELO)/i.test(line)) say('250 mailbox')
        else if (/^RCPT/i.test(line) && mailbox.refuse) say('550 no such mailbox')
        else if (/^DATA/i.test(line)) {
          mail = ''
          say('354 go on')
        } else if (/^QUIT/i.test(line)) {
          say('221 bye')
          socket.end()
        } else say('250 fine')
      }
    })
    say('220 mailbox')
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  mailbox.port = server.address().port
  mailbox.stop = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return mailbox
}
