import { type ComboboxItem, Select } from '@mantine/core'
import { useState } from 'react'
import { toAppError } from './error'

interface Props {
  /** What is picked, as `Add a tag`. */
  label: string
  data: ComboboxItem[]
  onPick: (value: string) => void
  /** A pick is being written: another has to wait. */
  busy?: boolean
  /** Why the choices are not known. */
  error?: unknown
  /** Said where nothing fits. */
  nothing: string
  /** Told what is typed, where the server searches; the choices are what it found. */
  onSearch?: (text: string) => void
  w?: number
}

/** Picks one after the other: what is picked goes elsewhere, and the box is empty again. */
export function PickSelect({ label, data, onPick, busy, error, nothing, onSearch, w = 260 }: Props) {
  const [text, setText] = useState('')
  const search = (next: string) => {
    setText(next)
    onSearch?.(next)
  }
  return (
    <Select
      aria-label={label}
      placeholder={label}
      data={data}
      filter={onSearch && (({ options }) => options)}
      searchable
      searchValue={text}
      onSearchChange={search}
      value={null}
      onChange={(value) => {
        search('')
        if (value) onPick(value)
      }}
      // Not disabled: the keyboard stays here.
      readOnly={busy}
      error={error ? toAppError(error).message : undefined}
      nothingFoundMessage={nothing}
      w={w}
      maw="100%"
    />
  )
}
