import { Alert, Button, Group, Paper, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconCircleCheck, IconSend } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { isMailAddress } from '@/shared/address'
import { AppError, toAppError } from '@/shared/error'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { PropertyForm } from '../property/PropertyForm'
import type { Property } from '../property/property'
import { useProperties } from '../property/useProperties'
import { rest } from '../rest'
import { MAIL_FIELDS, mailProblems } from './serverFields'

/** The server that mails of all rules go through, and a way to try it. */
export function MailSettings() {
  const stored = useProperties()
  if (stored.error && !stored.data) return <ErrorState error={stored.error} onRetry={stored.refetch} />
  if (!stored.data)
    return (
      <Paper>
        <TableSkeleton />
      </Paper>
    )
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} style={{ alignItems: 'start' }}>
      <Paper p="md" component="section" aria-labelledby="mail-server">
        <Title order={2} id="mail-server" mb="sm">
          Mail server
        </Title>
        <PropertyForm
          title="Mail settings"
          description="The mails of all rules go through this server."
          fields={MAIL_FIELDS}
          stored={stored.data}
          check={mailProblems}
        />
      </Paper>
      <TestMail stored={stored.data} />
    </SimpleGrid>
  )
}

/** Why no mail can be sent with what is stored. */
function missing(stored: readonly Property[]): string | undefined {
  const value = (name: string) =>
    stored.find((one) => one.groupName === 'email' && one.propertyName === name)?.propertyValue ?? ''
  if (value('smtp.enabled').toLowerCase() !== 'true')
    return 'Sending mails is off: switch it on and save first.'
  if (value('smtp.server.hostname') === '') return 'No mail server is set: enter its host and save first.'
  return undefined
}

/** Why a mail was not sent: the API tells no more than that it was not. */
function sendingError(thrown: unknown): AppError {
  const error = toAppError(thrown)
  if (error.status !== 500) return error
  return new AppError(
    'The mail server refused it, or does not answer.',
    error.code,
    'Check host, port, encryption and log-in. The log of this server has what the mail server said.',
    error.status,
  )
}

function TestMail({ stored }: { stored: readonly Property[] }) {
  const [to, setTo] = useState('')
  const [checked, setChecked] = useState(false)
  const isAddress = isMailAddress(to)
  const why = missing(stored)
  const test = useMutation({
    mutationFn: (destination: string) =>
      rest<void>('POST', '/notification/publisher/test/smtp', { form: new URLSearchParams({ destination }) }),
  })
  return (
    <Paper p="md" component="section" aria-labelledby="mail-test">
      <Title order={2} id="mail-test" mb="sm">
        Try it
      </Title>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setChecked(true)
          if (isAddress && !why) test.mutate(to.trim())
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {why ?? 'Sends one mail with the saved settings.'}
          </Text>
          <TextInput
            label="Send to"
            type="email"
            autoComplete="email"
            placeholder="you@example.com"
            value={to}
            error={checked && !isAddress ? 'Enter an e-mail address' : undefined}
            onChange={(event) => {
              setTo(event.currentTarget.value)
              test.reset()
            }}
          />
          <Group>
            <Button
              type="submit"
              variant="default"
              leftSection={<IconSend size={16} aria-hidden />}
              loading={test.isPending}
              disabled={why !== undefined}
            >
              Send a test mail
            </Button>
          </Group>
          {test.isSuccess && (
            <Alert
              role="status"
              variant="outline"
              color="teal"
              icon={<IconCircleCheck size={18} aria-hidden />}
              title={`The mail server took the mail to ${test.variables}`}
              styles={{ title: { color: 'var(--mantine-color-text)' } }}
            />
          )}
          {test.error && <ErrorState error={sendingError(test.error)} title="The mail was not sent" />}
        </Stack>
      </form>
    </Paper>
  )
}
