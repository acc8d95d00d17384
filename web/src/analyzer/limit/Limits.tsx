import { Checkbox, CloseButton, Group, Pill, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { AppLink } from '@/shared/AppLink'
import { toastError } from '@/shared/query'
import { ProjectSelect, projectName } from '../project/ProjectSelect'
import { TagSelect } from './TagSelect'

/** What something is limited to: projects, and those with a tag. With neither it holds for all. */
export interface Limited {
  projects: { uuid: string; name: string; version?: string }[]
  tags: { name: string }[]
}

interface Props {
  value: Limited
  /** Said where there is no limit. */
  everything: string
  /** Whether what is below a project counts too. */
  below: boolean
  belowLabel: string
  onProject: (uuid: string, add: boolean) => Promise<unknown>
  onTag: (tag: string, add: boolean) => Promise<unknown>
  onBelow: (on: boolean) => Promise<unknown>
}

/** The limits of a rule or policy. Each change is written at once. */
export function Limits(props: Props) {
  const { projects, tags } = props.value
  const change = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onError: (error) => toastError(error, 'The limit was not changed'),
  })
  const busy = change.isPending
  return (
    <Stack gap="sm">
      {projects.length === 0 && tags.length === 0 ? (
        <Text size="sm" c="dimmed">
          {props.everything}
        </Text>
      ) : (
        <Stack gap={4}>
          {projects.map((project) => (
            <Group key={project.uuid} gap={4} wrap="nowrap" justify="space-between">
              <AppLink to="/analyzer/projects/$projectUuid" params={{ projectUuid: project.uuid }}>
                {projectName(project)}
              </AppLink>
              <CloseButton
                size="sm"
                disabled={busy}
                aria-label={`Take ${projectName(project)} away`}
                onClick={() => change.mutate(() => props.onProject(project.uuid, false))}
              />
            </Group>
          ))}
          {tags.length > 0 && (
            <Group gap={6} mt={projects.length > 0 ? 4 : 0}>
              <Text size="sm" c="dimmed">
                With the tag
              </Text>
              {tags.map(({ name }) => (
                <Pill
                  key={name}
                  withRemoveButton
                  disabled={busy}
                  onRemove={() => change.mutate(() => props.onTag(name, false))}
                  removeButtonProps={{
                    'aria-label': `Take the tag ${name} away`,
                    'aria-hidden': false,
                    tabIndex: 0,
                  }}
                >
                  {name}
                </Pill>
              ))}
            </Group>
          )}
        </Stack>
      )}
      <Group gap="xs">
        <ProjectSelect
          label="Add a project"
          without={projects.map((one) => one.uuid)}
          busy={busy}
          onPick={(project) => change.mutate(() => props.onProject(project.uuid, true))}
        />
        <TagSelect
          label="Add a tag"
          without={tags.map((one) => one.name)}
          busy={busy}
          onPick={(tag) => change.mutate(() => props.onTag(tag, true))}
        />
      </Group>
      <Checkbox
        label={props.belowLabel}
        checked={props.below}
        disabled={busy}
        onChange={(event) => {
          const on = event.currentTarget.checked
          change.mutate(() => props.onBelow(on))
        }}
      />
    </Stack>
  )
}
