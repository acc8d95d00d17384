import { Anchor, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PropertyDialog } from '../property/PropertyDialog'
import { useProperties } from '../property/useProperties'
import { JIRA_FIELDS, MAIL_FIELDS, mailProblems } from './serverFields'

const SERVERS = {
  email: {
    title: 'Settings of mails',
    fields: MAIL_FIELDS,
    check: mailProblems,
    needs: 'smtp.server.hostname',
    name: 'mail server',
  },
  jira: {
    title: 'Settings of Jira',
    fields: JIRA_FIELDS,
    check: undefined,
    needs: 'jira.url',
    name: 'Jira server',
  },
}

/** The server behind a kind of receiver, set once for all rules. */
export function ServerNote({ kind }: { kind: keyof typeof SERVERS }) {
  const { title, fields, check, needs, name } = SERVERS[kind]
  const [opened, dialog] = useDisclosure(false)
  const properties = useProperties()
  const stored = (wanted: string) =>
    properties.data?.find((one) => one.propertyName === wanted)?.propertyValue ?? ''
  const off = kind === 'email' && stored('smtp.enabled').toLowerCase() !== 'true'
  const missing = properties.data && (stored(needs) === '' || off)
  return (
    <>
      <Text size="sm" c={missing ? 'var(--mantine-color-error)' : 'dimmed'}>
        {missing
          ? off && stored(needs) !== ''
            ? 'Sending mails is off. '
            : `No ${name} is set: nothing can be sent. `
          : `The ${name} is set for all rules. `}
        <Anchor component="button" type="button" size="sm" c="var(--tt-link)" onClick={dialog.open}>
          {title}
        </Anchor>
      </Text>
      <PropertyDialog title={title} fields={fields} check={check} opened={opened} onClose={dialog.close} />
    </>
  )
}
