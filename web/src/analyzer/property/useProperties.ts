import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { AppError } from '@/shared/error'
import { rest } from '../rest'
import type { Change, Property } from './property'

export function useProperties() {
  return useQuery({
    queryKey: ['properties'],
    queryFn: () => rest<Property[]>('GET', '/configProperty'),
  })
}

/** The server took some of the properties and refused others: what it said, by the name of the property. */
export class Refused extends AppError {
  readonly fields: Record<string, string>

  constructor(fields: Record<string, string>) {
    super(
      Object.values(fields).join(' '),
      'INVALID',
      'Correct it and save again. Everything else is saved.',
      400,
    )
    this.fields = fields
  }
}

/** Writes properties; each is answered by itself, as stored or by the reason why it was refused. */
async function write(changes: Change[]) {
  if (changes.length === 0) return
  const answers = await rest<(Property | string | null)[]>('POST', '/configProperty/aggregate', {
    body: changes,
  })
  const refused = changes.flatMap((change, index) => {
    const answer = answers[index]
    return typeof answer === 'string' ? [[change.propertyName, answer] as const] : []
  })
  if (refused.length > 0) throw new Refused(Object.fromEntries(refused))
}

export function useSaveProperties() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSettled: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: ['properties'] }),
        cache.invalidateQueries({ queryKey: ['sources'] }),
        cache.invalidateQueries({ queryKey: ['vuln-policy-bundles'] }),
      ]),
  })
}
