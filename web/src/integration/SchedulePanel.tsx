import { Button, Checkbox, Group, Paper, Select, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { type IntegrationSettingsFragment, SyncAllDocument } from '@/graphql/generated/graphql'
import { toastDone, toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { ErrorState } from '@/shared/States'
import { plural } from '@/shared/words'
import { useSaveIntegration } from './useIntegration'

const USUAL = [
  { value: '', label: 'Never by itself' },
  { value: '0 * * * *', label: 'Every hour' },
  { value: '0 3 * * *', label: 'Every day at 03:00 UTC' },
  { value: '0 3 * * 1', label: 'Every Monday at 03:00 UTC' },
]
const OTHER = 'other'

/** When everything is synchronized, and how work in progress is shown on the other side. */
export function SchedulePanel({
  companyId,
  integration,
}: {
  companyId: string
  integration: IntegrationSettingsFragment
}) {
  const cache = useQueryClient()
  const save = useSaveIntegration(companyId)
  const cron = integration.cron ?? ''
  const usual = USUAL.some((one) => one.value === cron)
  const form = useForm({
    initialValues: { choice: usual ? cron : OTHER, cron, show: integration.showWorkInProgress },
  })
  const all = useMutation({
    mutationFn: () => gql(SyncAllDocument, { input: { integrationId: integration.id } }),
    onSuccess: async ({ syncAll }) => {
      await cache.invalidateQueries({ queryKey: ['imported'] })
      toastDone(`${plural(syncAll.runs.length, 'synchronization')} queued`)
    },
    onError: (error) => toastError(error, 'Nothing was queued'),
  })
  const submit = form.onSubmit(({ choice, cron: own, show }) =>
    save.mutate(
      {
        integrationId: integration.id,
        cron: choice === OTHER ? own.trim() : choice,
        showWorkInProgress: show,
      },
      { onSuccess: () => toastDone('Saved') },
    ),
  )
  return (
    <Paper p="md" component="section" aria-labelledby="schedule">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="schedule">
          Synchronization
        </Title>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => all.mutate()}
          loading={all.isPending}
        >
          Synchronize all now
        </Button>
      </Group>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Group align="flex-end" gap="sm">
            <Select
              label="Schedule"
              data={[...USUAL, { value: OTHER, label: 'Other times' }]}
              allowDeselect={false}
              w={260}
              {...form.getInputProps('choice')}
            />
            {form.values.choice === OTHER && (
              <TextInput
                label="Cron expression (UTC)"
                placeholder="*/30 8-18 * * 1-5"
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                {...form.getInputProps('cron')}
              />
            )}
            {integration.nextSyncAt && (
              <Text size="sm" c="dimmed">
                Next <RelativeTime at={integration.nextSyncAt} />
              </Text>
            )}
          </Group>
          <Checkbox
            label="Show work in progress"
            description="In progress is sent as IN_TRIAGE; without it the analysis stays NOT_SET until there is a decision"
            {...form.getInputProps('show', { type: 'checkbox' })}
          />
          {save.error && <ErrorState error={save.error} title="This was not saved" />}
          <Group justify="flex-end">
            <Button type="submit" variant="default" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}
