import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'

/** A search box that reports what was typed once typing pauses. `/` jumps into it. */
export function SearchInput({
  value,
  onChange,
  label,
  hotkey = true,
}: {
  value: string
  onChange: (value: string) => void
  label: string
  hotkey?: boolean
}) {
  const [text, setText] = useState(value)
  const input = useRef<HTMLInputElement>(null)
  const typed = useRef(value)
  const report = useDebouncedCallback((next: string) => {
    typed.current = next
    onChange(next)
  }, 250)
  useEffect(() => {
    // The value changed from outside (back button, link): show it.
    if (value !== typed.current) {
      typed.current = value
      setText(value)
    }
  }, [value])
  useHotkeys(hotkey ? [['/', () => input.current?.focus()]] : [])
  const set = (next: string) => {
    setText(next)
    report(next.trim())
  }
  return (
    <TextInput
      ref={input}
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => set(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text ? <CloseButton size="sm" aria-label="Clear search" onClick={() => set('')} /> : null}
      w={300}
      maw="100%"
    />
  )
}
