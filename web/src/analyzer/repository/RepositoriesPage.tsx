import { Alert, Badge, Button, Group, Select, Switch, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPackage, IconPlus, IconSettings } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid } from '@/shared/DataGrid'
import { editColumn } from '@/shared/editColumn'
import { PageHeader } from '@/shared/PageHeader'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { PropertyDialog } from '../property/PropertyDialog'
import type { Field } from '../property/property'
import { AddressCell } from './AddressCell'
import { RepositoryDialog } from './RepositoryDialog'
import { isAsked, type Repository, TYPE_CHOICES, typeLabel } from './repository'
import type { RepositoriesSearch } from './search'
import { useChangeRepository, useDeleteRepository, useRepositories } from './useRepositories'

const route = getRouteApi('/shell/administration/repositories')

const SETTINGS: Field[] = [
  {
    group: 'task-scheduler',
    name: 'repository.metadata.fetch.cadence',
    label: 'Ask about every package again after',
    kind: 'hours',
  },
]

const PURPOSE =
  'Repositories are asked for the latest version of each package. It is shown with components, finds outdated ones, and policies on age and on the distance of versions go by it.'

function columns(
  edit: (repository: Repository) => void,
  remove: (repository: Repository) => void,
): DataTableColumn<Repository>[] {
  return [
    { accessor: 'type', title: 'Type', width: 110, render: ({ type }) => typeLabel(type) },
    {
      accessor: 'resolutionOrder',
      title: 'Order',
      textAlign: 'right',
      width: 65,
    },
    {
      accessor: 'identifier',
      title: 'Repository',
      render: (repository) => (
        <Group gap={6}>
          <Text span size="sm" fw={600}>
            {repository.identifier}
          </Text>
          {repository.internal && <Mark>Internal</Mark>}
          {repository.authenticationRequired && <Mark>Authentication</Mark>}
        </Group>
      ),
    },
    {
      accessor: 'url',
      title: 'Address',
      render: (repository) => <AddressCell key={repository.uuid} repository={repository} />,
    },
    {
      accessor: 'enabled',
      title: 'On',
      width: 70,
      render: (repository) => <OnSwitch repository={repository} />,
    },
    editColumn(({ identifier }) => identifier, edit, remove),
  ]
}

function Mark({ children }: { children: string }) {
  return (
    <Badge variant="default" size="sm" tt="none" fw={500}>
      {children}
    </Badge>
  )
}

function OnSwitch({ repository }: { repository: Repository }) {
  const change = useChangeRepository(repository)
  return (
    <Switch
      aria-label={`Ask ${repository.identifier}`}
      checked={repository.enabled}
      disabled={change.isPending}
      onChange={(event) => change.mutate({ enabled: event.currentTarget.checked })}
    />
  )
}

/** Where packages come from, and which of these places are asked about them. */
export function RepositoriesPage() {
  const { q, type } = route.useSearch()
  const setList = useListState<RepositoriesSearch>()
  const repositories = useRepositories()
  const [editing, edit] = useState<Repository | { newOf: string } | null>(null)
  const [deleting, remove] = useState<Repository | null>(null)
  const [settings, setting] = useDisclosure(false)
  const deleteRepository = useDeleteRepository()
  const all = repositories.data
  const asked = all?.filter(isAsked).length ?? 0
  const wanted = q?.toLowerCase() ?? ''
  const found = all?.filter(
    (one) =>
      (!type || one.type === type) &&
      [one.identifier, one.url, typeLabel(one.type)].some((text) => text.toLowerCase().includes(wanted)),
  )
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => edit({ newOf: type ?? 'MAVEN' })}>
      New repository
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Repositories"
        description={PURPOSE}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconSettings size={16} aria-hidden />}
              onClick={setting.open}
            >
              Settings
            </Button>
            {add}
          </>
        }
      />
      {all && all.length > 0 && asked === 0 && (
        <Alert
          mb="md"
          variant="outline"
          icon={<IconPackage size={18} aria-hidden />}
          title="No repository is asked yet"
          styles={{
            title: { color: 'var(--mantine-color-text)' },
            body: { color: 'var(--mantine-color-text)' },
          }}
        >
          <Text size="sm">
            A repository is not asked until it has an address: nothing about your components leaves this
            server before you say where to. Give an address to those of your components, be it the public one
            or a mirror in your network.
          </Text>
        </Alert>
      )}
      <Group mb="sm" gap="md">
        <SearchInput
          label="Search repositories"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <Select
          aria-label="Type"
          placeholder="All types"
          data={TYPE_CHOICES}
          value={type ?? null}
          onChange={(value) => setList({ type: value ?? undefined })}
          clearable
          clearButtonProps={{ 'aria-label': 'All types' }}
          w={170}
        />
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {all ? `${asked} of ${plural(all.length, 'repository', 'repositories')} asked` : ''}
        </Text>
      </Group>
      <DataGrid
        label="Repositories"
        idAccessor="uuid"
        columns={columns(edit, remove)}
        records={found}
        error={repositories.error}
        onRetry={repositories.refetch}
        minWidth={820}
        empty={
          all?.length === 0 ? (
            <EmptyState title="No repositories" icon={IconPackage} action={add}>
              Latest versions of packages come from repositories.
            </EmptyState>
          ) : (
            <EmptyState
              title="No repository matches"
              action={
                <Button variant="default" onClick={() => setList({ q: undefined, type: undefined })}>
                  Show all
                </Button>
              }
            />
          )
        }
      />
      <RepositoryDialog editing={editing} onClose={() => edit(null)} />
      <PropertyDialog
        title="Settings of repositories"
        description="Components of a new SBOM are asked about at once."
        fields={SETTINGS}
        opened={settings}
        onClose={setting.close}
      />
      <ConfirmDialog
        target={deleting}
        title={(repository) => `Delete ${repository.identifier}?`}
        text={() => 'It is not asked any more. Latest versions that it told are asked for elsewhere.'}
        failed="The repository was not deleted"
        done="Repository deleted"
        onConfirm={deleteRepository}
        onClose={() => remove(null)}
      />
    </>
  )
}
