import { MultiSelect, type MultiSelectProps } from '@mantine/core'
import { toAppError } from './error'

interface Props<T> extends Omit<MultiSelectProps, 'data' | 'value' | 'error' | 'disabled'> {
  /** Everything that can be chosen, as it was asked for. */
  known: { data: readonly T[] | undefined; error: Error | null }
  /** How one is called. */
  labelOf: (one: T) => string
  /** The uuids of what is chosen. */
  chosen: string[]
}

/** Chooses among things that are known by a uuid. Until they are, nothing is shown and nothing can change. */
export function MemberSelect<T extends { uuid: string }>({ known, labelOf, chosen, ...rest }: Props<T>) {
  return (
    <MultiSelect
      data={(known.data ?? []).map((one) => ({ value: one.uuid, label: labelOf(one) }))}
      value={known.data ? chosen : []}
      disabled={!known.data}
      error={known.error ? toAppError(known.error).message : undefined}
      hidePickedOptions
      searchable
      {...rest}
    />
  )
}
