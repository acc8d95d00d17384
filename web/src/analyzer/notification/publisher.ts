import { addressProblem } from '@/shared/address'
import type { Publisher } from './notification'

/** What kind of receiver a publisher speaks to. */
export type Kind =
  | 'webhook'
  | 'slack'
  | 'msteams'
  | 'mattermost'
  | 'webex'
  | 'email'
  | 'jira'
  | 'console'
  | 'other'

/** The kinds, by the name that the API has for them. */
const CLASSES: Record<string, Kind> = {
  WebhookPublisher: 'webhook',
  SlackPublisher: 'slack',
  MsTeamsPublisher: 'msteams',
  MattermostPublisher: 'mattermost',
  CsWebexPublisher: 'webex',
  SendMailPublisher: 'email',
  JiraPublisher: 'jira',
  ConsolePublisher: 'console',
}

const PACKAGE = 'org.dependencytrack.notification.publisher.'

export const KIND_CHOICES = [
  { value: 'WebhookPublisher', label: 'Webhook' },
  { value: 'SlackPublisher', label: 'Slack' },
  { value: 'MsTeamsPublisher', label: 'Microsoft Teams' },
  { value: 'MattermostPublisher', label: 'Mattermost' },
  { value: 'CsWebexPublisher', label: 'Cisco Webex' },
  { value: 'SendMailPublisher', label: 'E-mail' },
  { value: 'JiraPublisher', label: 'Jira' },
  { value: 'ConsolePublisher', label: 'Log of the server' },
].map(({ value, label }) => ({ value: `${PACKAGE}${value}`, label }))

export function kindOf(publisher: Pick<Publisher, 'publisherClass'> | undefined): Kind {
  return CLASSES[publisher?.publisherClass?.split('.').pop() ?? ''] ?? 'other'
}

export function kindLabel(publisher: Publisher): string {
  const known = KIND_CHOICES.find((one) => one.value === publisher.publisherClass)
  return known?.label ?? publisher.publisherClass?.split('.').pop() ?? 'Unknown'
}

/** One setting of a receiver. */
export interface ConfigField {
  name: string
  label: string
  description?: string
  placeholder?: string
  kind: 'address' | 'text' | 'secret' | 'mails' | 'choice'
  choices?: { value: string; label: string }[]
  required?: boolean
}

const address = (description?: string): ConfigField => ({
  name: 'destination',
  label: 'Address',
  description,
  placeholder: 'https://chat.example/hooks/…',
  kind: 'address',
  required: true,
})

export const VERSIONS = [
  { value: '4', label: 'Dependency-Track 4' },
  { value: '5', label: 'Dependency-Track 5' },
]

/** What a template fills in has other names in version 5. */
const version: ConfigField = {
  name: 'payloadVersion',
  label: 'Payload of',
  placeholder: 'What the publisher says',
  kind: 'choice',
  choices: VERSIONS,
}

export const CONFIG_FIELDS: Record<Kind, ConfigField[]> = {
  webhook: [
    address('Notifications are sent there as POST'),
    {
      name: 'token',
      label: 'Token',
      description: 'Sent with every notification, so that the receiver knows who it is from',
      kind: 'secret',
    },
    { name: 'tokenHeader', label: 'Header of the token', placeholder: 'X-Api-Key', kind: 'text' },
    version,
  ],
  slack: [address('The incoming webhook of the channel')],
  msteams: [address('The workflow or incoming webhook of the channel')],
  mattermost: [address('The incoming webhook of the channel')],
  webex: [address('The incoming webhook of the space')],
  email: [
    {
      name: 'destination',
      label: 'Addresses',
      description: 'Separated by commas. Members of the teams below get it too.',
      placeholder: 'security@company.example',
      kind: 'mails',
    },
  ],
  jira: [
    { name: 'destination', label: 'Key of the project', placeholder: 'SEC', kind: 'text', required: true },
    {
      name: 'jiraTicketType',
      label: 'Type of the tickets',
      placeholder: 'Task',
      kind: 'text',
      required: true,
    },
  ],
  console: [],
  other: [],
}

export type Config = Record<string, unknown>

/** The settings of a rule's receiver; nothing when the text is no object. */
export function readConfig(text: string | undefined): Config | undefined {
  if (!text?.trim()) return {}
  try {
    const json: unknown = JSON.parse(text)
    return json && typeof json === 'object' && !Array.isArray(json) ? (json as Config) : undefined
  } catch {
    return undefined
  }
}

/** The settings as they are stored: what no field is for stays, what is empty goes. */
export function writeConfig(config: Config): string | undefined {
  const kept = Object.entries(config).filter(([, value]) => value !== '' && value !== undefined)
  return kept.length > 0 ? JSON.stringify(Object.fromEntries(kept)) : undefined
}

const isMail = (text: string) => /^[^\s@,]+@[^\s@,]+$/.test(text)

/** Why a setting cannot be meant; nothing when it can. */
export function fieldProblem(field: ConfigField, value: string): string | undefined {
  const text = value.trim()
  if (text === '') return field.required ? 'This is needed' : undefined
  if (field.kind === 'address') return addressProblem(text)
  if (field.kind !== 'mails') return undefined
  const bad = text
    .split(',')
    .map((one) => one.trim())
    .find((one) => one !== '' && !isMail(one))
  return bad ? `${bad} is no e-mail address` : undefined
}

/** What is wrong with the settings, by field. */
export function configProblems(kind: Kind, config: Config): Record<string, string> {
  return Object.fromEntries(
    CONFIG_FIELDS[kind].flatMap((field) => {
      const problem = fieldProblem(field, String(config[field.name] ?? ''))
      return problem ? [[field.name, problem]] : []
    }),
  )
}

/** Where notifications go, in a few words for a list. */
export function destinationWords(rule: { publisher?: Publisher; publisherConfig?: string }): string {
  const destination = readConfig(rule.publisherConfig)?.destination
  if (typeof destination !== 'string' || destination === '') return ''
  // Addresses of webhooks are secrets by themselves: the host says enough.
  return URL.canParse(destination) ? new URL(destination).host || destination : destination
}
