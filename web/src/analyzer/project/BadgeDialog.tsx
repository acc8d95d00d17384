import { Modal, Select, Stack, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { CopyField } from '@/shared/CopyField'
import { toastError } from '@/shared/query'
import type { Project } from '../api'
import { useProperties, useSaveProperties } from '../property/useProperties'
import { badgeAddress, badgeMarkdown } from './badge'

const KINDS = [
  { value: 'vulns', label: 'Vulnerabilities' },
  { value: 'violations', label: 'Policy violations' },
] as const

interface Props {
  project: Project
  opened: boolean
  onClose: () => void
}

/** A picture of a project's counts, for pages elsewhere. */
export function BadgeDialog({ project, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Badges" size="lg">
      {opened && <Badges project={project} />}
    </Modal>
  )
}

function Badges({ project }: { project: Project }) {
  const [kind, setKind] = useState<(typeof KINDS)[number]['value']>('vulns')
  const properties = useProperties()
  const save = useSaveProperties()
  // Who may not read the settings is not asked to change them.
  const stored = properties.data?.find((one) => one.propertyName === 'badge.enabled')?.propertyValue
  const open = stored?.toLowerCase() === 'true'
  const { origin } = window.location
  return (
    <Stack gap="md">
      <Select
        label="Badge"
        data={[...KINDS]}
        allowDeselect={false}
        value={kind}
        onChange={(value) => value && setKind(value)}
      />
      {properties.data && (
        <Switch
          label="Everybody may see badges"
          description="Otherwise a key of a team with the permission VIEW_BADGES is needed"
          checked={open}
          disabled={save.isPending}
          onChange={(event) =>
            save.mutate(
              [
                {
                  groupName: 'general',
                  propertyName: 'badge.enabled',
                  propertyValue: String(event.currentTarget.checked),
                },
              ],
              { onError: (error) => toastError(error, 'Badges were not switched') },
            )
          }
        />
      )}
      {open ? (
        <img
          key={kind}
          src={badgeAddress(origin, kind, project)}
          alt={`Badge of ${project.name}`}
          height={20}
          style={{ alignSelf: 'flex-start' }}
        />
      ) : (
        <Text size="sm" c="dimmed">
          Add ?apiKey= and a key to the address where it is shown.
        </Text>
      )}
      <CopyField label="Address" value={badgeAddress(origin, kind, project)} />
      <CopyField label="Markdown" value={badgeMarkdown(origin, kind, project)} />
    </Stack>
  )
}
