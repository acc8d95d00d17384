import { isMailAddress } from '@/shared/address'
import type { Field, Values } from '../property/property'

const MAIL = 'email'
const JIRA = 'integrations'

/** The server that sends mails. */
export const MAIL_FIELDS: Field[] = [
  { group: MAIL, name: 'smtp.enabled', label: 'Send mails', kind: 'switch' },
  { group: MAIL, name: 'smtp.server.hostname', label: 'Host of the mail server', kind: 'text' },
  {
    group: MAIL,
    name: 'smtp.server.port',
    label: 'Port',
    description:
      '25 where nothing is set; often 587, or 465 where the connection is encrypted from its start',
    kind: 'number',
  },
  { group: MAIL, name: 'smtp.ssltls', label: 'Encrypt the connection', kind: 'switch' },
  {
    group: MAIL,
    name: 'smtp.trustcert',
    label: 'Trust any certificate',
    description: 'Only for mail servers in your own network',
    kind: 'switch',
  },
  { group: MAIL, name: 'smtp.username', label: 'User name', kind: 'text' },
  { group: MAIL, name: 'smtp.password', label: 'Password', kind: 'secret' },
  { group: MAIL, name: 'smtp.from.address', label: 'Sender', kind: 'text' },
  { group: MAIL, name: 'subject.prefix', label: 'Start of every subject', kind: 'text' },
]

/** An address, alone or behind the name of the sender: `Twintrack <twintrack@example.com>`. */
const isSender = (text: string) => isMailAddress(/^[^<>]*<([^<>]*)>$/.exec(text)?.[1] ?? text)

/** What keeps mails from being sent, by the field to mend. */
export function mailProblems(values: Values): Record<string, string | undefined> {
  const text = (name: string) => (values[name] ?? '').trim()
  const on = text('smtp.enabled').toLowerCase() === 'true'
  const port = text('smtp.server.port')
  const sender = text('smtp.from.address')
  const problems: Record<string, string> = {}
  if (on && text('smtp.server.hostname') === '')
    problems['smtp.server.hostname'] = 'Enter the host, as in mail.example.com'
  if (port !== '' && !(Number(port) >= 1 && Number(port) <= 65_535))
    problems['smtp.server.port'] = 'Enter a port from 1 to 65535'
  if ((on || sender !== '') && !isSender(sender))
    problems['smtp.from.address'] = 'Enter an address, as in twintrack@example.com'
  return problems
}

/** The Jira that tickets are made in. */
export const JIRA_FIELDS: Field[] = [
  { group: JIRA, name: 'jira.url', label: 'Address', kind: 'address' },
  {
    group: JIRA,
    name: 'jira.username',
    label: 'User name',
    description: 'Without one, the password is sent as a bearer token',
    kind: 'text',
  },
  { group: JIRA, name: 'jira.password', label: 'Password or token', kind: 'secret' },
]

export const GENERAL_FIELDS: Field[] = [
  {
    group: 'general',
    name: 'base.url',
    label: 'Address of this server',
    description: 'Links in notifications start with it',
    kind: 'address',
  },
]
