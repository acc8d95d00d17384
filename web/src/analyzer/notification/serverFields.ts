import type { Field } from '../property/property'

const MAIL = 'email'
const JIRA = 'integrations'

/** The server that sends mails. */
export const MAIL_FIELDS: Field[] = [
  { group: MAIL, name: 'smtp.enabled', label: 'Send mails', kind: 'switch' },
  { group: MAIL, name: 'smtp.server.hostname', label: 'Host of the mail server', kind: 'text' },
  { group: MAIL, name: 'smtp.server.port', label: 'Port', kind: 'number' },
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
