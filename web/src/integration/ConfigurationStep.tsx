import { Button, Group, Stack, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import type { IntegrationSettingsFragment } from '@/graphql/generated/graphql'
import { AddProjectDialog } from './AddProjectDialog'
import { ConnectionCheck } from './ConnectionCheck'
import { ImportedAssets } from './ImportedAssets'
import { SchedulePanel } from './SchedulePanel'
import { WebhookPanel } from './WebhookPanel'

interface Props {
  companyId: string
  integration: IntegrationSettingsFragment
  search: { q?: string; page?: number }
}

/** The connection at work, and the projects that come through it. */
export function ConfigurationStep({ companyId, integration, search }: Props) {
  const [adding, add] = useDisclosure(false)
  const addButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={add.open}>
      Add project
    </Button>
  )
  return (
    <Stack gap="lg">
      <ConnectionCheck integration={integration} companyId={companyId} />
      <WebhookPanel integration={integration} />
      <SchedulePanel companyId={companyId} integration={integration} />
      <section aria-labelledby="imported">
        <Group justify="space-between" mb="sm">
          <Title order={2} id="imported">
            Imported assets
          </Title>
          {addButton}
        </Group>
        <ImportedAssets integrationId={integration.id} search={search} onAdd={add.open} />
      </section>
      <AddProjectDialog
        companyId={companyId}
        integrationId={integration.id}
        opened={adding}
        onClose={add.close}
      />
    </Stack>
  )
}
