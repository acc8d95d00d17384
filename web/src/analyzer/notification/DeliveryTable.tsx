import { Group, Select, Text } from '@mantine/core'
import { IconMailCheck, IconRefresh, IconTrash } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { toastDone, toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { RowAction } from '@/shared/RowAction'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { rest, restPage } from '../rest'
import { type Delivery, groupLabel } from './notification'
import type { NotificationsSearch } from './search'
import { useRules } from './useRules'

const STATE_LABEL: Record<Delivery['state'], string> = {
  FAILED: 'Not delivered',
  PENDING: 'Waiting',
  SUCCEEDED: 'Delivered',
}

const STATES = Object.entries(STATE_LABEL).map(([value, label]) => ({ value, label }))

interface Actions {
  retry: (delivery: Delivery) => void
  retrying: string | undefined
  remove: (delivery: Delivery) => void
}

const named = ({ title, group, uuid }: Delivery) => title ?? (group ? groupLabel(group) : uuid)

function columns({ retry, retrying, remove }: Actions): DataTableColumn<Delivery>[] {
  return [
    {
      accessor: 'title',
      title: 'Notification',
      render: (delivery) => (
        <>
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            {named(delivery)}
          </Text>
          {delivery.title && delivery.group && (
            <Text size="xs" c="dimmed">
              {groupLabel(delivery.group)}
            </Text>
          )}
        </>
      ),
    },
    {
      accessor: 'rule',
      title: 'Rule',
      render: ({ rule, publisher }) => (
        <>
          {rule ? (
            <AppLink to="/administration/notifications/$ruleUuid" params={{ ruleUuid: rule.uuid }}>
              {rule.name}
            </AppLink>
          ) : (
            '–'
          )}
          <Text size="xs" c="dimmed">
            {publisher?.name}
          </Text>
        </>
      ),
    },
    {
      accessor: 'state',
      title: 'State',
      render: ({ state, error }) => (
        <>
          {STATE_LABEL[state] ?? state}
          {error && (
            <Text size="xs" c="var(--mantine-color-error)" style={{ overflowWrap: 'anywhere' }}>
              {error}
            </Text>
          )}
        </>
      ),
    },
    { accessor: 'attempts', title: 'Tries', textAlign: 'right', width: 70 },
    {
      accessor: 'createdAt',
      title: 'From',
      width: 130,
      render: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
    {
      accessor: 'endedAt',
      title: 'Tried',
      width: 140,
      render: ({ endedAt, nextAttemptAt }) =>
        nextAttemptAt === undefined ? (
          <RelativeTime at={endedAt} absent="not yet" />
        ) : (
          <>
            next <RelativeTime at={nextAttemptAt} />
          </>
        ),
    },
    {
      accessor: 'actions',
      title: '',
      textAlign: 'right',
      width: 90,
      render: (delivery) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {delivery.state === 'FAILED' && (
            <RowAction
              icon={IconRefresh}
              label="Try again"
              of={named(delivery)}
              loading={retrying === delivery.uuid}
              onClick={() => retry(delivery)}
            />
          )}
          {delivery.state !== 'PENDING' && (
            <RowAction
              icon={IconTrash}
              label="Delete"
              of={named(delivery)}
              danger
              onClick={() => remove(delivery)}
            />
          )}
        </Group>
      ),
    },
  ]
}

/** What was delivered, what waits, and above all what was not. */
export function DeliveryTable({ search }: { search: NotificationsSearch }) {
  const { state = 'FAILED', rule, page = 1 } = search
  const setList = useListState<NotificationsSearch>()
  const cache = useQueryClient()
  const rules = useRules()
  const [deleting, remove] = useState<Delivery | null>(null)
  const deliveries = useQuery({
    queryKey: ['deliveries', { state, rule, page }],
    queryFn: () =>
      restPage<Delivery>('/notification/delivery', {
        state,
        ruleUuid: rule,
        pageNumber: page,
        pageSize: PAGE_SIZE,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  })
  const reload = () => cache.invalidateQueries({ queryKey: ['deliveries'] })
  const retry = useMutation({
    mutationFn: (delivery: Delivery) => rest<void>('POST', `/notification/delivery/${delivery.uuid}/retry`),
    onSuccess: () => toastDone('It is tried again'),
    onError: (error) => toastError(error, 'It was not tried again'),
    onSettled: reload,
  })
  return (
    <>
      <Group mb="sm" gap="sm">
        <Select
          aria-label="State"
          data={STATES}
          allowDeselect={false}
          value={state}
          onChange={(value) => setList({ state: value as NotificationsSearch['state'] })}
          w={170}
        />
        <Select
          aria-label="Rule"
          placeholder="All rules"
          data={(rules.data ?? []).map((one) => ({ value: one.uuid, label: one.name }))}
          value={rule ?? null}
          onChange={(value) => setList({ rule: value ?? undefined })}
          clearable
          searchable
          clearButtonProps={{ 'aria-label': 'All rules' }}
          w={240}
        />
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {deliveries.data ? plural(deliveries.data.total, 'notification') : ''}
        </Text>
      </Group>
      <DataGrid
        label="Deliveries"
        idAccessor="uuid"
        columns={columns({
          retry: retry.mutate,
          retrying: retry.isPending ? retry.variables.uuid : undefined,
          remove,
        })}
        records={deliveries.data?.rows}
        fetching={deliveries.isPlaceholderData}
        error={deliveries.error}
        onRetry={deliveries.refetch}
        total={deliveries.data?.total}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={900}
        empty={
          state === 'FAILED' ? (
            <EmptyState title="Nothing failed" icon={IconMailCheck}>
              Everything that was told has been taken by its receiver, or is still being tried.
            </EmptyState>
          ) : (
            <EmptyState title={state === 'PENDING' ? 'Nothing waits' : 'No deliveries are recorded'}>
              What was delivered is kept where the rule says so.
            </EmptyState>
          )
        }
      />
      <ConfirmDialog
        target={deleting}
        title={() => 'Delete this notification?'}
        text={(delivery) => `“${named(delivery)}” can not be delivered any more after this.`}
        failed="It was not deleted"
        done="Notification deleted"
        onConfirm={async (delivery) => {
          await rest<void>('DELETE', `/notification/delivery/${delivery.uuid}`)
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </>
  )
}
