import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import type { ReactNode } from 'react'

interface Props<T extends string> {
  /** What is filtered, as `Status`. */
  label: string
  /** The choice in a word or two, as `open`. */
  summary: string
  options: { value: T; label: ReactNode }[]
  chosen: readonly T[]
  onChange: (chosen: T[]) => void
}

/** Several choices behind one button: a list filter that takes little room. */
export function FilterMenu<T extends string>({ label, summary, options, chosen, onChange }: Props<T>) {
  const toggle = (value: T) =>
    onChange(
      options
        .map((option) => option.value)
        .filter((one) => (one === value ? !chosen.includes(one) : chosen.includes(one))),
    )
  return (
    <Menu position="bottom-start" width={230}>
      <Menu.Target>
        <Button variant="default" fw={500} rightSection={<IconChevronDown size={14} aria-hidden />}>
          {label}: {summary}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {options.map((option) => (
          <Menu.CheckboxItem
            key={option.value}
            checked={chosen.includes(option.value)}
            onChange={() => toggle(option.value)}
          >
            {option.label}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** The choice in words: the only one by name, all, or how many. */
export function summarize<T extends string>(chosen: readonly T[], all: number, labels: Record<T, string>) {
  const [first] = chosen
  if (chosen.length === 0 || chosen.length === all) return 'all'
  return chosen.length === 1 && first ? labels[first].toLowerCase() : `${chosen.length} chosen`
}
