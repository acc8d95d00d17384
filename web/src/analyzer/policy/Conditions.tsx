import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { RowAction } from '@/shared/RowAction'
import { rest } from '../rest'
import { ConditionDialog } from './ConditionDialog'
import { type Condition, type Policy, SUBJECTS, TYPE_LABEL, typeOf } from './policy'
import { useNames, useReloadPolicies } from './usePolicies'
import { conditionWords } from './value'

/** The conditions of a policy, one a line. */
export function Conditions({ policy }: { policy: Policy }) {
  const conditions = policy.policyConditions ?? []
  const [editing, edit] = useState<Condition | 'new' | null>(null)
  const [deleting, remove] = useState<Condition | null>(null)
  const reload = useReloadPolicies()
  const names = useNames(conditions.map((condition) => condition.subject))
  return (
    <Paper p="md" component="section" aria-labelledby="conditions">
      <Title order={2} id="conditions" mb="sm">
        Conditions
      </Title>
      <Stack gap="xs">
        {conditions.length === 0 ? (
          <Text size="sm" c="dimmed">
            There is none yet, so this policy is never violated.
          </Text>
        ) : (
          conditions.map((condition, index) => {
            const words = conditionWords(condition, names)
            const type = typeOf(condition)
            return (
              <Group key={condition.uuid} justify="space-between" wrap="nowrap" gap="sm">
                <div>
                  <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                    {index > 0 && (
                      <Text span c="dimmed" inherit>
                        {policy.operator === 'ALL' ? 'and ' : 'or '}
                      </Text>
                    )}
                    {words}
                  </Text>
                  {type && (
                    <Text size="xs" c="dimmed">
                      {TYPE_LABEL[type]}
                    </Text>
                  )}
                </div>
                <Group gap={4} wrap="nowrap">
                  {SUBJECTS[condition.subject] && (
                    <RowAction icon={IconPencil} label="Edit" of={words} onClick={() => edit(condition)} />
                  )}
                  <RowAction
                    icon={IconTrash}
                    label="Delete"
                    of={words}
                    danger
                    onClick={() => remove(condition)}
                  />
                </Group>
              </Group>
            )
          })
        )}
        <Group mt={4}>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => edit('new')}
          >
            Add a condition
          </Button>
        </Group>
      </Stack>
      <ConditionDialog policy={policy} editing={editing} onClose={() => edit(null)} />
      <ConfirmDialog
        target={deleting}
        title={() => 'Delete this condition?'}
        text={(condition) =>
          `“${conditionWords(condition, names)}”: its violations and what was decided about them are gone with it.`
        }
        failed="The condition was not deleted"
        done="Condition deleted"
        onConfirm={async (condition) => {
          await rest<void>('DELETE', `/policy/condition/${condition.uuid}`)
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </Paper>
  )
}
