import { choiceParam, pageParam, textParam } from '@/shared/url'

export const STEPS = ['credentials', 'severities', 'configuration'] as const

/** State of the wizard in the address: the step, and the list of imported assets. */
export interface WizardSearch {
  step?: (typeof STEPS)[number]
  q?: string
  page?: number
}

export function wizardSearch(search: Record<string, unknown>): WizardSearch {
  return { step: choiceParam(search.step, STEPS), q: textParam(search.q), page: pageParam(search.page) }
}
