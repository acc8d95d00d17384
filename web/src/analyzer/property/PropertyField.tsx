import { Checkbox, NumberInput, PasswordInput, Select, Stack, Switch, TextInput } from '@mantine/core'
import { EcosystemSelect } from './EcosystemSelect'
import { type Field, REMOVE } from './property'

interface Props {
  field: Field
  value: string
  error?: string
  onChange: (value: string) => void
}

/** One property as the control that fits its kind. */
export function PropertyField({ field, value, error, onChange }: Props) {
  const { label, description } = field
  const common = { label, description, error }
  switch (field.kind) {
    case 'switch':
      return (
        <Switch
          {...common}
          checked={value.toLowerCase() === 'true'}
          onChange={(event) => onChange(String(event.currentTarget.checked))}
        />
      )
    case 'hours':
      return (
        <NumberInput
          {...common}
          w={220}
          min={1}
          max={8760}
          allowDecimal={false}
          suffix=" hours"
          value={value}
          onChange={(next) => onChange(String(next))}
        />
      )
    case 'number':
      return (
        <NumberInput
          {...common}
          styles={{ wrapper: { maxWidth: 220 } }}
          min={0}
          allowDecimal={false}
          hideControls
          value={value}
          onChange={(next) => onChange(String(next))}
        />
      )
    case 'choice':
      return (
        <Select
          {...common}
          w={220}
          data={field.choices}
          allowDeselect={false}
          value={value}
          onChange={(next) => onChange(next ?? '')}
        />
      )
    case 'list':
      return <EcosystemSelect {...common} value={value} onChange={onChange} />
    case 'secret':
      return (
        <Stack gap={6}>
          <PasswordInput
            {...common}
            description={`${description ?? ''} Leave empty to keep what is stored; it is never shown.`.trim()}
            autoComplete="new-password"
            disabled={value === REMOVE}
            visibilityToggleButtonProps={{ 'aria-label': `Show ${label}` }}
            value={value === REMOVE ? '' : value}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
          <Checkbox
            size="xs"
            label="Remove what is stored"
            aria-label={`Remove the stored ${label}`}
            checked={value === REMOVE}
            onChange={(event) => onChange(event.currentTarget.checked ? REMOVE : '')}
          />
        </Stack>
      )
    default:
      return (
        <TextInput
          {...common}
          type={field.kind === 'address' ? 'url' : 'text'}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
  }
}
