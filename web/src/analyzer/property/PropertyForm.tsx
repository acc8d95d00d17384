import { Button, Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { focusInvalid } from '@/shared/invalid'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { PropertyField } from './PropertyField'
import { changesOf, type Field, type Property, problemOf, type Values, valuesOf } from './property'
import { Refused, useSaveProperties } from './useProperties'

interface Props {
  /** What is set, as `Settings of mails`. */
  title: string
  description?: ReactNode
  fields: readonly Field[]
  stored: readonly Property[]
  /** What is wrong with the values together, by the name of the field to mend. */
  check?: (values: Values) => Record<string, string | undefined>
  onSaved?: () => void
  /** Closes the form; without it there is nothing to cancel. */
  onCancel?: () => void
}

/** Settings that are written together. */
export function PropertyForm({ title, description, fields, stored, check, onSaved, onCancel }: Props) {
  const [before, setBefore] = useState(() => valuesOf(fields, stored))
  const [values, setValues] = useState(before)
  const [problems, setProblems] = useState<Record<string, string | undefined>>({})
  const save = useSaveProperties()
  const refused = save.error instanceof Refused ? save.error.fields : {}
  const submit = (form: HTMLFormElement) => {
    const found: Record<string, string | undefined> = check?.(values) ?? {}
    for (const field of fields) {
      const problem = problemOf(field, values[field.name] ?? '')
      if (problem) found[field.name] = problem
    }
    setProblems(found)
    if (Object.values(found).some(Boolean)) {
      focusInvalid(form)
      return
    }
    save.mutate(changesOf(fields, before, values), {
      onSuccess: () => {
        toastDone(`${title} saved`)
        // Secrets are not told again: their fields are empty, as at first.
        const secrets = fields.filter((field) => field.kind === 'secret').map((field) => [field.name, ''])
        const now = { ...values, ...Object.fromEntries(secrets) }
        setBefore(now)
        setValues(now)
        onSaved?.()
      },
    })
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit(event.currentTarget)
      }}
    >
      <Stack gap="md">
        {description && (
          <Text size="sm" c="dimmed" component="div">
            {description}
          </Text>
        )}
        {fields.map((field) => (
          <PropertyField
            key={field.name}
            field={field}
            value={values[field.name] ?? ''}
            error={problems[field.name] ?? refused[field.name]}
            onChange={(value) => {
              setValues((now) => ({ ...now, [field.name]: value }))
              setProblems((now) => ({ ...now, [field.name]: undefined }))
            }}
          />
        ))}
        {save.error && <ErrorState error={save.error} title="Not everything was saved" />}
        <Group justify="flex-end">
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
