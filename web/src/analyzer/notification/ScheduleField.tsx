import { Group, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { SCHEDULES } from './cron'

const OWN = 'own'

interface Props {
  value: string
  error?: string
  onChange: (cron: string) => void
}

/** A common schedule, or five fields of one's own. */
export function ScheduleField({ value, error, onChange }: Props) {
  const common = SCHEDULES.find((one) => one.value === value)
  const [own, setOwn] = useState(!common)
  return (
    <Group align="flex-start" gap="sm">
      <Select
        label="When"
        data={[...SCHEDULES, { value: OWN, label: 'Another schedule' }]}
        allowDeselect={false}
        value={own || !common ? OWN : common.value}
        onChange={(next) => {
          setOwn(next === OWN)
          if (next && next !== OWN) onChange(next)
        }}
        w={280}
        maw="100%"
      />
      {(own || !common) && (
        <TextInput
          label="Schedule"
          description="Minute, hour, day of the month, month, day of the week"
          placeholder="0 8 * * 1"
          value={value}
          error={error}
          onChange={(event) => onChange(event.currentTarget.value)}
          style={{ flex: 1 }}
          miw={220}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      )}
    </Group>
  )
}
