import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { PickSelect } from '@/shared/PickSelect'
import type { Project } from '../api'
import { restPage } from '../rest'

/** A project in one line: `shop 1.0`. */
export const projectName = ({ name, version }: { name: string; version?: string }) =>
  [name, version].filter(Boolean).join(' ')

interface Props {
  label: string
  /** Uuids of projects that are not offered. */
  without: readonly string[]
  /** The uuid of a team: only projects that are not assigned to it are offered. */
  notOfTeam?: string
  busy?: boolean
  onPick: (project: Project) => void
}

/** Finds a project by name and hands it over. */
export function ProjectSelect({ label, without, notOfTeam, busy, onPick }: Props) {
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 250)
  const projects = useQuery({
    queryKey: ['projects', 'choice', q, notOfTeam],
    queryFn: () =>
      restPage<Project>('/project', {
        searchText: q,
        notAssignedToTeamWithUuid: notOfTeam,
        pageNumber: 1,
        pageSize: 20,
      }),
    placeholderData: keepPreviousData,
  })
  const offered = (projects.data?.rows ?? []).filter((one) => !without.includes(one.uuid))
  return (
    <PickSelect
      label={label}
      data={offered.map((one) => ({ value: one.uuid, label: projectName(one) }))}
      onSearch={setText}
      onPick={(uuid) => {
        const project = offered.find((one) => one.uuid === uuid)
        if (project) onPick(project)
      }}
      busy={busy}
      error={projects.error}
      nothing={projects.isPending ? 'Loading' : q ? 'No such project' : 'No other project'}
    />
  )
}
