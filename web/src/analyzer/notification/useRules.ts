import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ALL, rest } from '../rest'
import type { Publisher, Rule } from './notification'

/** Every rule: they are made by hand, there are few. */
export function useRules() {
  return useQuery({
    queryKey: ['notification-rules'],
    queryFn: () => rest<Rule[]>('GET', '/notification/rule', { query: ALL }),
  })
}

export function usePublishers() {
  return useQuery({
    queryKey: ['notification-publishers'],
    queryFn: () => rest<Publisher[]>('GET', '/notification/publisher'),
  })
}

export function useReloadRules() {
  const cache = useQueryClient()
  return () => cache.invalidateQueries({ queryKey: ['notification-rules'] })
}

/** Everything that is sent of a rule: the server replaces what it does not find by nothing. */
const whole = (rule: Rule) => ({
  uuid: rule.uuid,
  name: rule.name,
  scope: rule.scope,
  triggerType: rule.triggerType,
  enabled: rule.enabled,
  notificationLevel: rule.notificationLevel,
  notifyOn: rule.notifyOn,
  notifyChildren: rule.notifyChildren,
  logSuccessfulPublish: rule.logSuccessfulPublish,
  publisher: rule.publisher && { uuid: rule.publisher.uuid },
  publisherConfig: rule.publisherConfig,
  filterExpression: rule.filterExpression,
  tags: rule.tags.map(({ name }) => ({ name })),
  ...(rule.triggerType === 'SCHEDULE' && {
    scheduleCron: rule.scheduleCron,
    scheduleSkipUnchanged: rule.scheduleSkipUnchanged,
  }),
})

/** Changes members of a rule and leaves the others as they are. */
export function useChangeRule(rule: Rule) {
  const reload = useReloadRules()
  return useMutation({
    mutationFn: (change: Partial<Rule>) =>
      rest<Rule>('POST', '/notification/rule', { body: whole({ ...rule, ...change }) }),
    onSuccess: reload,
  })
}
