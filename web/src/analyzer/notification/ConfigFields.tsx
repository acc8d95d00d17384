import { Fieldset, PasswordInput, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Publisher } from './notification'
import { CONFIG_FIELDS, type Config, type ConfigField, kindOf, readConfig } from './publisher'
import { ServerNote } from './ServerNote'

interface Props {
  publisher: Publisher | undefined
  /** The settings as they are stored. */
  stored: string | undefined
  config: Config
  problems: Record<string, string | undefined>
  onChange: (config: Config) => void
}

/** Where a rule's notifications go: the settings that its kind of receiver needs. */
export function ConfigFields({ publisher, stored, config, problems, onChange }: Props) {
  const kind = kindOf(publisher)
  const name = publisher?.name ?? 'Receiver'
  return (
    <Fieldset legend={name}>
      <Stack gap="sm">
        {kind === 'console' && (
          <Text size="sm" c="dimmed">
            Notifications are written to the log of the server. There is nothing to set.
          </Text>
        )}
        {kind === 'other' && <OwnConfig stored={stored} onChange={onChange} />}
        {CONFIG_FIELDS[kind].map((field) => (
          <Control
            key={field.name}
            field={field}
            value={String(config[field.name] ?? '')}
            error={problems[field.name]}
            onChange={(value) => onChange({ ...config, [field.name]: value })}
          />
        ))}
        {(kind === 'email' || kind === 'jira') && <ServerNote kind={kind} />}
      </Stack>
    </Fieldset>
  )
}

interface ControlProps {
  field: ConfigField
  value: string
  error?: string
  onChange: (value: string) => void
}

function Control({ field, value, error, onChange }: ControlProps) {
  const { label, description, placeholder, required } = field
  const common = { label, description, placeholder, required, error, value }
  if (field.kind === 'secret')
    return (
      <PasswordInput
        {...common}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': `Show ${label}` }}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  if (field.kind === 'choice')
    return (
      <Select
        {...common}
        data={field.choices}
        value={value || null}
        onChange={(next) => onChange(next ?? '')}
        clearable
        clearButtonProps={{ 'aria-label': `Clear ${label}` }}
        w={260}
        maw="100%"
      />
    )
  return (
    <TextInput
      {...common}
      type={field.kind === 'address' ? 'url' : 'text'}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

/** The settings of a receiver that is not known here, as they are. */
function OwnConfig({ stored, onChange }: { stored: string | undefined; onChange: (config: Config) => void }) {
  const [text, setText] = useState(stored ?? '')
  return (
    <Textarea
      label="Settings (JSON)"
      autosize
      minRows={4}
      value={text}
      error={readConfig(text) ? undefined : 'Enter an object: {"destination": "…"}'}
      onChange={(event) => {
        setText(event.currentTarget.value)
        const config = readConfig(event.currentTarget.value)
        if (config) onChange(config)
      }}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  )
}
