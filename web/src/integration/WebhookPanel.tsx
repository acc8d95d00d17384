import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { IconWebhook } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { CreateExternalWebhookDocument, type IntegrationSettingsFragment } from '@/graphql/generated/graphql'
import { CopyField } from '@/shared/CopyField'
import { AppError } from '@/shared/error'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'

/** How Dependency-Track tells of changes: by one click, or by what to enter there. */
export function WebhookPanel({ integration }: { integration: IntegrationSettingsFragment }) {
  const create = useMutation({
    mutationFn: async () => {
      const { createExternalWebhook: made } = await gql(CreateExternalWebhookDocument, {
        input: { integrationId: integration.id },
      })
      if (made.error) throw new AppError(made.error.message, made.error.code, made.error.hint)
      return made
    },
    onSuccess: (made) => toastDone(`Dependency-Track has the alert “${made.ruleName}” now`),
  })
  return (
    <Paper p="md" component="section" aria-labelledby="webhook">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="webhook">
          Webhook
        </Title>
        <Button
          variant="default"
          leftSection={<IconWebhook size={16} aria-hidden />}
          onClick={() => create.mutate()}
          loading={create.isPending}
        >
          Create the alert in Dependency-Track
        </Button>
      </Group>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          With it, changes in Dependency-Track arrive within seconds. The alert can also be made by hand
          there: an outbound webhook with this address and header, for the groups New vulnerability, New
          vulnerable dependency, BOM processed, Project audit change and VEX processed.
        </Text>
        <CopyField label="Webhook URL" value={integration.webhookUrl} />
        {integration.webhookToken && (
          <Group grow align="flex-end">
            <CopyField label="Header" value="X-Api-Key" />
            <CopyField label="Value of the header" value={integration.webhookToken} />
          </Group>
        )}
        {create.error && <ErrorState error={create.error} title="The alert was not created" />}
      </Stack>
    </Paper>
  )
}
