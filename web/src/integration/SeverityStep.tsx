import { Alert, Button, Checkbox, Group, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import type { IntegrationSettingsFragment, SeverityCategory } from '@/graphql/generated/graphql'
import { SeverityBadge } from '@/shared/Severity'
import { ErrorState } from '@/shared/States'
import { SEVERITIES } from '@/shared/severity'
import { useSaveIntegration } from './useIntegration'

const RANGE: Record<SeverityCategory, string> = {
  CRITICAL: 'CVSS 9.0 to 10',
  HIGH: 'CVSS 7.0 to 8.9',
  MEDIUM: 'CVSS 4.0 to 6.9',
  LOW: 'CVSS 0.1 to 3.9',
  NOTIFICATION: 'Without a score',
}

interface Props {
  companyId: string
  integration: IntegrationSettingsFragment
  onBack: () => void
  onSaved: () => void
}

/** Which findings become issues. */
export function SeverityStep({ companyId, integration, onBack, onSaved }: Props) {
  const [chosen, setChosen] = useState<string[]>(integration.severities)
  const save = useSaveIntegration(companyId)
  const submit = () =>
    save.mutate(
      { integrationId: integration.id, severities: SEVERITIES.filter((one) => chosen.includes(one)) },
      { onSuccess: onSaved },
    )
  return (
    <Stack gap="md">
      <Checkbox.Group
        label="Severities to import"
        description="Findings of the other severities are not imported. Issues that exist are kept in sync whatever is chosen."
        value={chosen}
        onChange={setChosen}
      >
        <Stack gap="sm" mt="sm">
          {SEVERITIES.map((severity) => (
            <Checkbox
              key={severity}
              value={severity}
              label={<SeverityBadge severity={severity} />}
              description={RANGE[severity]}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      {chosen.length === 0 && (
        <Alert
          variant="outline"
          color="orange"
          role="status"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          title="Nothing will be imported"
          styles={{ title: { color: 'var(--mantine-color-text)' } }}
        >
          No severity is chosen: projects can be linked, but none of their findings becomes an issue.
        </Alert>
      )}
      {save.error && <ErrorState error={save.error} title="The filters were not saved" />}
      <Group justify="space-between">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button onClick={submit} loading={save.isPending}>
          Save and continue
        </Button>
      </Group>
    </Stack>
  )
}
