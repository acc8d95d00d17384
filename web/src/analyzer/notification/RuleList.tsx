import { Button, Group, Switch, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBell, IconPlus, IconTrash } from '@tabler/icons-react'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid } from '@/shared/DataGrid'
import { toastError } from '@/shared/query'
import { RowAction } from '@/shared/RowAction'
import { EmptyState } from '@/shared/States'
import { plural } from '@/shared/words'
import { rest } from '../rest'
import { cronWords } from './cron'
import { NewRuleDialog } from './NewRuleDialog'
import { groupLabel, type Rule } from './notification'
import { destinationWords } from './publisher'
import { useChangeRule, useReloadRules, useRules } from './useRules'

function columns(remove: (rule: Rule) => void): DataTableColumn<Rule>[] {
  return [
    {
      accessor: 'name',
      title: 'Rule',
      render: (rule) => (
        <AppLink to="/administration/notifications/$ruleUuid" params={{ ruleUuid: rule.uuid }} fw={600}>
          {rule.name}
        </AppLink>
      ),
    },
    {
      accessor: 'publisher',
      title: 'To',
      render: (rule) => (
        <>
          {rule.publisher?.name ?? '–'}
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {destinationWords(rule)}
          </Text>
        </>
      ),
    },
    {
      accessor: 'notifyOn',
      title: 'About',
      render: ({ notifyOn }) => (
        <>
          {notifyOn.length === 0 ? 'Nothing yet' : notifyOn.slice(0, 2).map(groupLabel).join('; ')}
          {notifyOn.length > 2 && (
            <Text size="xs" c="dimmed" title={notifyOn.slice(2).map(groupLabel).join('; ')}>
              and {notifyOn.length - 2} more
            </Text>
          )}
        </>
      ),
    },
    {
      accessor: 'when',
      title: 'When',
      render: (rule) =>
        rule.triggerType === 'SCHEDULE' ? cronWords(rule.scheduleCron ?? '') : 'As it happens',
    },
    { accessor: 'limits', title: 'Limited to', render: limitWords },
    { accessor: 'enabled', title: 'On', width: 70, render: (rule) => <OnSwitch rule={rule} /> },
    {
      accessor: 'actions',
      title: '',
      width: 60,
      textAlign: 'right',
      render: (rule) => (
        <RowAction icon={IconTrash} label="Delete" of={rule.name} danger onClick={() => remove(rule)} />
      ),
    },
  ]
}

function limitWords({ projects, tags, scope, triggerType }: Rule): string {
  if (scope === 'SYSTEM') return 'This server'
  const words = [
    projects.length > 0 && plural(projects.length, 'project'),
    tags.length > 0 && plural(tags.length, 'tag'),
  ].filter(Boolean)
  return words.join(', ') || (triggerType === 'SCHEDULE' ? 'No project yet' : 'All projects')
}

function OnSwitch({ rule }: { rule: Rule }) {
  const change = useChangeRule(rule)
  return (
    <Switch
      aria-label={`Rule ${rule.name} is on`}
      checked={rule.enabled}
      disabled={change.isPending}
      onChange={(event) =>
        change.mutate(
          { enabled: event.currentTarget.checked },
          { onError: (error) => toastError(error, 'The rule was not switched') },
        )
      }
    />
  )
}

export function RuleList() {
  const rules = useRules()
  const reload = useReloadRules()
  const [writing, write] = useDisclosure(false)
  const [deleting, remove] = useState<Rule | null>(null)
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={write.open}>
      New rule
    </Button>
  )
  return (
    <>
      {(rules.data?.length ?? 0) > 0 && <Group mb="sm">{add}</Group>}
      <DataGrid
        label="Notification rules"
        idAccessor="uuid"
        columns={columns(remove)}
        records={rules.data}
        error={rules.error}
        onRetry={rules.refetch}
        minWidth={860}
        empty={
          <EmptyState title="Nobody is told yet" icon={IconBell} action={add}>
            A rule tells a chat, a mailbox, a ticket system or a program of yours about new vulnerabilities,
            policy violations and more.
          </EmptyState>
        }
      />
      <NewRuleDialog opened={writing} onClose={write.close} />
      <ConfirmDialog
        target={deleting}
        title={(rule) => `Delete ${rule.name}?`}
        text={() => 'Its receiver is told nothing any more. What was not delivered yet is dropped.'}
        failed="The rule was not deleted"
        done="Rule deleted"
        onConfirm={async (rule) => {
          await rest<void>('DELETE', '/notification/rule', { body: { uuid: rule.uuid, name: rule.name } })
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </>
  )
}
