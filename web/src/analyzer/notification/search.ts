import { choiceParam, pageParam, textParam } from '@/shared/url'
import { DELIVERY_STATES } from './notification'

export const NOTIFICATION_TABS = ['rules', 'publishers', 'deliveries', 'mail'] as const

/** State of the notifications in the address: the tab, and the list of deliveries in it. */
export interface NotificationsSearch {
  tab?: (typeof NOTIFICATION_TABS)[number]
  /** Without it, those that failed. */
  state?: (typeof DELIVERY_STATES)[number]
  /** The uuid of a rule. */
  rule?: string
  page?: number
}

export function notificationsSearch(search: Record<string, unknown>): NotificationsSearch {
  return {
    tab: choiceParam(search.tab, NOTIFICATION_TABS),
    state: choiceParam(search.state, DELIVERY_STATES),
    rule: textParam(search.rule),
    page: pageParam(search.page),
  }
}
