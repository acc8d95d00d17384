import { Textarea } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  label: string
  description?: ReactNode
  placeholder?: string
  required?: boolean
  value: string
  /** What is wrong with it; several places are on lines of their own. */
  error?: string
  minRows?: number
  onChange: (value: string) => void
}

/** An expression in the Common Expression Language. */
export function ExpressionField({ error, minRows = 4, onChange, ...field }: Props) {
  return (
    <Textarea
      {...field}
      autosize
      minRows={minRows}
      maxRows={20}
      spellCheck={false}
      autoCapitalize="off"
      autoCorrect="off"
      error={error && <span style={{ whiteSpace: 'pre-line' }}>{error}</span>}
      onChange={(event) => onChange(event.currentTarget.value)}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8rem' } }}
    />
  )
}
