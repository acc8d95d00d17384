import {
  Button,
  Checkbox,
  Fieldset,
  Group,
  Paper,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useState } from 'react'
import { ExpressionField } from '@/shared/ExpressionField'
import { expressionProblem } from '@/shared/error'
import { focusInvalid } from '@/shared/invalid'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { ConfigFields } from './ConfigFields'
import { cronProblem } from './cron'
import { groupLabel, groupsOf, LEVELS, type Rule } from './notification'
import { type Config, configProblems, kindOf, readConfig, writeConfig } from './publisher'
import { ScheduleField } from './ScheduleField'
import { useChangeRule } from './useRules'

/** How long a filter can be, in characters. */
const FILTER_LIMIT = 2048

/** What a rule tells, and where to. */
export function RuleForm({ rule }: { rule: Rule }) {
  const [draft, setDraft] = useState(rule)
  const [config, setConfig] = useState<Config>(() => readConfig(rule.publisherConfig) ?? {})
  const [checked, setChecked] = useState(false)
  const save = useChangeRule(rule)
  const kind = kindOf(rule.publisher)
  const scheduled = rule.triggerType === 'SCHEDULE'
  const filter = draft.filterExpression?.trim() ?? ''
  const problems = {
    ...configProblems(kind, config),
    ...(draft.name.trim() === '' && { name: 'Enter a name' }),
    ...(filter.length > FILTER_LIMIT && { filter: `Shorten it to ${FILTER_LIMIT} characters` }),
    ...(scheduled &&
      cronProblem(draft.scheduleCron ?? '') && { cron: cronProblem(draft.scheduleCron ?? '') }),
  }
  const shown: Record<string, string | undefined> = checked ? problems : {}
  const wrong = expressionProblem(save.error)
  const set = (change: Partial<Rule>) => setDraft((now) => ({ ...now, ...change }))
  const submit = (form: HTMLFormElement) => {
    setChecked(true)
    if (Object.keys(problems).length > 0) {
      focusInvalid(form)
      return
    }
    const { enabled, notificationLevel, logSuccessfulPublish, notifyOn } = draft
    save.mutate(
      {
        name: draft.name.trim(),
        enabled,
        notificationLevel,
        logSuccessfulPublish,
        notifyOn,
        publisherConfig: writeConfig(config),
        // An empty one takes away what was there.
        filterExpression: filter || (rule.filterExpression ? '' : undefined),
        scheduleCron: draft.scheduleCron?.trim(),
        scheduleSkipUnchanged: draft.scheduleSkipUnchanged,
      },
      { onSuccess: () => toastDone('Rule saved'), onError: () => focusInvalid(form) },
    )
  }
  return (
    <Paper p="md">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit(event.currentTarget)
        }}
      >
        <Stack gap="md">
          <Title order={2}>What is told, and where to</Title>
          <TextInput
            label="Name"
            required
            value={draft.name}
            error={shown.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <Switch
            label="On"
            checked={draft.enabled}
            onChange={(event) => set({ enabled: event.currentTarget.checked })}
          />
          <Groups rule={draft} onChange={(notifyOn) => set({ notifyOn })} />
          {!scheduled && (
            <Select
              label="Level"
              data={LEVELS}
              allowDeselect={false}
              value={draft.notificationLevel}
              onChange={(value) => value && set({ notificationLevel: value })}
              w={260}
              maw="100%"
            />
          )}
          {scheduled && (
            <>
              <ScheduleField
                value={draft.scheduleCron ?? ''}
                error={shown.cron}
                onChange={(scheduleCron) => set({ scheduleCron })}
              />
              <Checkbox
                label="Say nothing when there is nothing new"
                checked={draft.scheduleSkipUnchanged ?? false}
                onChange={(event) => set({ scheduleSkipUnchanged: event.currentTarget.checked })}
              />
            </>
          )}
          <ExpressionField
            label="Only if"
            description="In the Common Expression Language, over level, scope, group, title, content, timestamp and subject. Only what it is true for is told; empty, everything is."
            placeholder={'subject.vulnerability.severity in ["CRITICAL", "HIGH"]'}
            minRows={2}
            value={draft.filterExpression ?? ''}
            error={shown.filter ?? wrong}
            onChange={(filterExpression) => {
              set({ filterExpression })
              if (wrong) save.reset()
            }}
          />
          <ConfigFields
            publisher={rule.publisher}
            stored={rule.publisherConfig}
            config={config}
            problems={shown}
            onChange={setConfig}
          />
          <Checkbox
            label="Keep a record of what was delivered"
            description="What was not delivered is always kept"
            checked={draft.logSuccessfulPublish}
            onChange={(event) => set({ logSuccessfulPublish: event.currentTarget.checked })}
          />
          {save.error && !wrong && <ErrorState error={save.error} title="The rule was not saved" />}
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

function Groups({ rule, onChange }: { rule: Rule; onChange: (groups: string[]) => void }) {
  return (
    <Fieldset legend="Tell when">
      <Stack gap={8}>
        {rule.notifyOn.length === 0 && (
          <Text size="sm" c="dimmed">
            This rule tells nothing yet: choose at least one.
          </Text>
        )}
        {groupsOf(rule).map((group) => (
          <Checkbox
            key={group}
            label={groupLabel(group)}
            checked={rule.notifyOn.includes(group)}
            onChange={(event) =>
              onChange(
                event.currentTarget.checked
                  ? [...rule.notifyOn, group]
                  : rule.notifyOn.filter((one) => one !== group),
              )
            }
          />
        ))}
      </Stack>
    </Fieldset>
  )
}
