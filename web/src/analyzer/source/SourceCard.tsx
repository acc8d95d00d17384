import { Button, Group, Paper, Stack, Switch, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconHistory, IconPlayerPlay, IconPlayerStop, IconSettings } from '@tabler/icons-react'
import { FactList } from '@/shared/Facts'
import { toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { PropertyDialog } from '../property/PropertyDialog'
import { splitList } from '../property/property'
import { useProperties, useSaveProperties } from '../property/useProperties'
import { ECOSYSTEMS, SOURCES, SWITCHES } from './fields'
import { RunHistory } from './RunHistory'
import { LatestRun } from './RunView'
import { everyWords, isActive, type Source } from './source'
import { useMirror } from './useSources'

/** One source: whether and how it is mirrored, how its latest run went, and what can be done with it. */
export function SourceCard({ source }: { source: Source }) {
  const [settings, setting] = useDisclosure(false)
  const [history, setHistory] = useDisclosure(false)
  const { start, stop } = useMirror(source.name)
  const { about, fields } = SOURCES[source.name]
  const active = isActive(source.latest_run)
  const unchosen = source.name === 'osv' && !source.enabled
  return (
    <Paper p="md" component="section" aria-label={source.title} data-state={source.latest_run?.status}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={3}>{source.title}</Title>
            <Text size="sm" c="dimmed">
              {about}
            </Text>
          </div>
          <SourceSwitch source={source} />
        </Group>
        <FactList
          facts={{
            ...(source.name === 'osv' && { Ecosystems: <Ecosystems /> }),
            Address: source.base_url,
            Runs: (
              <>
                {source.enabled ? everyWords(source.cadence_hours) : 'Not by itself'}
                {source.next_run_at && (
                  <>
                    , next <RelativeTime at={source.next_run_at} />
                  </>
                )}
              </>
            ),
          }}
        />
        {source.latest_run ? (
          <LatestRun title={source.title} run={source.latest_run} />
        ) : (
          <Text size="sm" c="dimmed">
            This source was never run.
          </Text>
        )}
        <Group gap="xs" mt="auto">
          {active ? (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlayerStop size={14} aria-hidden />}
              loading={stop.isPending}
              onClick={() => stop.mutate()}
            >
              Stop
            </Button>
          ) : unchosen ? (
            <Button size="xs" leftSection={<IconSettings size={14} aria-hidden />} onClick={setting.open}>
              Choose ecosystems
            </Button>
          ) : (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlayerPlay size={14} aria-hidden />}
              loading={start.isPending}
              onClick={() => start.mutate()}
            >
              Run now
            </Button>
          )}
          <Button
            size="xs"
            variant="subtle"
            leftSection={<IconSettings size={14} aria-hidden />}
            onClick={setting.open}
          >
            Settings
          </Button>
          <Button
            size="xs"
            variant="subtle"
            leftSection={<IconHistory size={14} aria-hidden />}
            onClick={setHistory.open}
          >
            History
          </Button>
        </Group>
      </Stack>
      <PropertyDialog
        title={`Settings of ${source.title}`}
        fields={fields}
        opened={settings}
        onClose={setting.close}
      />
      <RunHistory source={source} opened={history} onClose={setHistory.close} />
    </Paper>
  )
}

/** On or off, at once. OSV is switched on by choosing ecosystems, and says so here. */
function SourceSwitch({ source }: { source: Source }) {
  const save = useSaveProperties()
  const property = SWITCHES[source.name]
  if (!property)
    return (
      <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
        {source.enabled ? 'On' : 'Off'}
      </Text>
    )
  return (
    <Switch
      aria-label={`Mirror ${source.title}`}
      checked={source.enabled}
      disabled={save.isPending}
      onChange={(event) =>
        save.mutate(
          [
            {
              groupName: ECOSYSTEMS.group,
              propertyName: property,
              propertyValue: String(event.currentTarget.checked),
            },
          ],
          { onError: (error) => toastError(error, 'The source was not switched') },
        )
      }
    />
  )
}

/** The ecosystems that are chosen. */
function Ecosystems() {
  const properties = useProperties()
  const stored = properties.data?.find((one) => one.propertyName === ECOSYSTEMS.name)
  const names = splitList(stored?.propertyValue)
  return names.length > 0 ? names.join(', ') : 'none chosen'
}
