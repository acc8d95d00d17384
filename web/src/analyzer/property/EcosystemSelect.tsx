import { MultiSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { toAppError } from '@/shared/error'
import { rest } from '../rest'
import { splitList } from './property'

interface Props {
  label: string
  description?: string
  error?: string
  /** Names separated by semicolons. */
  value: string
  onChange: (value: string) => void
}

/** Several ecosystems of OSV, out of those that there are. */
export function EcosystemSelect({ value, onChange, error, ...field }: Props) {
  const known = useQuery({
    queryKey: ['ecosystems'],
    queryFn: () => rest<string[]>('GET', '/integration/osv/ecosystem'),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const chosen = splitList(value)
  // One that is chosen and no longer known can still be taken away.
  const names = [...new Set([...(known.data ?? []), ...chosen])].sort((a, b) => a.localeCompare(b))
  return (
    <MultiSelect
      {...field}
      data={names}
      value={chosen}
      onChange={(next) => onChange(next.join(';'))}
      error={error ?? (known.error ? toAppError(known.error).message : undefined)}
      placeholder={chosen.length === 0 ? 'None: OSV is off' : undefined}
      searchable
      clearable
      hidePickedOptions
      maxDropdownHeight={260}
      nothingFoundMessage="No such ecosystem"
      clearButtonProps={{ 'aria-label': 'Clear the ecosystems' }}
    />
  )
}
