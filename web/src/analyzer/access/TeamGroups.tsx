import { CloseButton, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { PickSelect } from '@/shared/PickSelect'
import { toastError } from '@/shared/query'
import type { Team } from '../api'
import { rest } from '../rest'
import {
  dnName,
  type LdapMapping,
  ldapChoices,
  newGroupName,
  type OidcGroup,
  type OidcMapping,
  oidcChoices,
} from './group'
import { useOidcGroups, useReloadAccess } from './useTeams'

interface Row {
  uuid: string
  name: string
  /** The whole name, where it is longer. */
  detail?: string
}

interface PanelProps {
  id: string
  title: string
  about: ReactNode
  rows: Row[]
  removing: string | undefined
  onRemove: (uuid: string) => void
  children: ReactNode
}

/** The groups that stand for a team, one a line, and a way to add one. */
function Panel({ id, title, about, rows, removing, onRemove, children }: PanelProps) {
  return (
    <Paper p="md" component="section" aria-labelledby={id}>
      <Title order={2} id={id}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="sm" component="div">
        {about}
      </Text>
      <Stack gap="sm">
        {rows.length === 0 ? (
          <Text size="sm">No group stands for this team.</Text>
        ) : (
          <Stack gap={6} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
            {rows.map(({ uuid, name, detail }) => (
              <Group key={uuid} component="li" gap="xs" wrap="nowrap" justify="space-between">
                <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
                  <Text size="sm" fw={600}>
                    {name}
                  </Text>
                  {detail !== undefined && detail !== name && (
                    <Text size="xs" c="dimmed">
                      {detail}
                    </Text>
                  )}
                </div>
                <CloseButton
                  size="sm"
                  disabled={removing === uuid}
                  aria-label={`Take the group ${name} away`}
                  onClick={() => onRemove(uuid)}
                />
              </Group>
            ))}
          </Stack>
        )}
        {children}
      </Stack>
    </Paper>
  )
}

/** The groups of the LDAP directory that stand for a team. */
export function LdapGroups({ team }: { team: Team }) {
  const reload = useReloadAccess()
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 250)
  const groups = useQuery({
    queryKey: ['ldap-groups', q],
    // Nothing at all: there is no directory, or it does not answer.
    queryFn: async () => {
      const query = { searchText: q, pageNumber: 1, pageSize: 100 }
      return (await rest<string[] | undefined>('GET', '/ldap/groups', { query })) ?? null
    },
    placeholderData: keepPreviousData,
  })
  const add = useMutation({
    mutationFn: (dn: string) => rest<LdapMapping>('PUT', '/ldap/mapping', { body: { team: team.uuid, dn } }),
    onError: (error) => toastError(error, 'The group was not added'),
    onSettled: reload,
  })
  const remove = useMutation({
    mutationFn: (uuid: string) => rest<void>('DELETE', `/ldap/mapping/${uuid}`),
    onError: (error) => toastError(error, 'The group was not taken away'),
    onSettled: reload,
  })
  const mapped = team.mappedLdapGroups ?? []
  const silent = groups.data === null
  return (
    <Panel
      id="ldap-groups"
      title="LDAP groups"
      about="Whoever is in one of them joins this team when they sign in, where groups decide about teams."
      rows={mapped.map(({ uuid, dn }) => ({ uuid, name: dnName(dn), detail: dn }))}
      removing={remove.isPending ? remove.variables : undefined}
      onRemove={remove.mutate}
    >
      <PickSelect
        label="Add an LDAP group"
        data={ldapChoices(
          groups.data ?? [],
          mapped.map((one) => one.dn),
          text,
        )}
        onSearch={setText}
        onPick={add.mutate}
        busy={add.isPending}
        error={groups.error}
        nothing={
          groups.isPending
            ? 'Loading'
            : silent
              ? 'Type the whole name: cn=developers,ou=groups,dc=example,dc=com'
              : 'No such group. A whole name can be added, too: cn=…,dc=…'
        }
        w={420}
      />
      {silent && (
        <Text size="xs" c="dimmed">
          No directory answers, so groups cannot be searched. The options <code>--ldap-*</code> of the server
          name it.
        </Text>
      )}
    </Panel>
  )
}

/** The groups of the OpenID Connect provider that stand for a team. */
export function OidcGroups({ team }: { team: Team }) {
  const reload = useReloadAccess()
  const groups = useOidcGroups()
  const [text, setText] = useState('')
  const add = useMutation({
    mutationFn: async (choice: string) => {
      const name = newGroupName(choice)
      const made = name && (await rest<OidcGroup>('PUT', '/oidc/group', { body: { name } }))
      const group = made ? made.uuid : choice
      return rest<OidcMapping>('PUT', '/oidc/mapping', { body: { team: team.uuid, group } })
    },
    onError: (error) => toastError(error, 'The group was not added'),
    onSettled: reload,
  })
  const remove = useMutation({
    mutationFn: (uuid: string) => rest<void>('DELETE', `/oidc/mapping/${uuid}`),
    onError: (error) => toastError(error, 'The group was not taken away'),
    onSettled: reload,
  })
  const mapped = team.mappedOidcGroups ?? []
  return (
    <Panel
      id="oidc-groups"
      title="OpenID Connect groups"
      about={
        <>
          As the provider names them in its claim. All of them are under{' '}
          <AppLink to="/administration/access/groups" inherit underline="always">
            OpenID Connect groups
          </AppLink>
          .
        </>
      }
      rows={mapped.map(({ uuid, group }) => ({ uuid, name: group.name }))}
      removing={remove.isPending ? remove.variables : undefined}
      onRemove={remove.mutate}
    >
      <PickSelect
        label="Add an OpenID Connect group"
        data={oidcChoices(
          groups.data ?? [],
          mapped.map((one) => one.group.uuid),
          text,
        )}
        onSearch={setText}
        onPick={add.mutate}
        busy={add.isPending}
        error={groups.error}
        nothing={groups.isPending ? 'Loading' : 'No other group is known: type the name of one'}
        w={420}
      />
    </Panel>
  )
}
