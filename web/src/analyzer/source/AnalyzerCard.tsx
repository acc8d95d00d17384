import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconSettings } from '@tabler/icons-react'
import { PropertyDialog } from '../property/PropertyDialog'
import type { Property } from '../property/property'
import type { ANALYZERS } from './fields'

interface Props {
  analyzer: (typeof ANALYZERS)[number]
  properties: readonly Property[]
}

/** An analyzer elsewhere: whether it is asked, and where it is. */
export function AnalyzerCard({ analyzer, properties }: Props) {
  const [settings, setting] = useDisclosure(false)
  const stored = (name: string) =>
    properties.find((one) => one.groupName === 'scanner' && one.propertyName === name)?.propertyValue
  const on = stored(analyzer.enabled) === 'true'
  return (
    <Paper p="md" component="section" aria-label={analyzer.title}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" align="center">
          <Title order={3}>{analyzer.title}</Title>
          <Badge variant="default" tt="none" fw={500}>
            {on ? 'On' : 'Off'}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {analyzer.about}
        </Text>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {stored(analyzer.url) ?? 'No address is set'}
        </Text>
        <Group mt="auto">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconSettings size={14} aria-hidden />}
            onClick={setting.open}
          >
            Settings
          </Button>
        </Group>
      </Stack>
      <PropertyDialog
        title={`Settings of ${analyzer.title}`}
        description="Names and versions of components are sent to it, those of internal components never."
        fields={analyzer.fields}
        opened={settings}
        onClose={setting.close}
      />
    </Paper>
  )
}
