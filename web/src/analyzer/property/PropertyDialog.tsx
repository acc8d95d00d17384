import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { toastDone } from '@/shared/query'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { PropertyField } from './PropertyField'
import { changesOf, type Field, type Property, problemOf, valuesOf } from './property'
import { Refused, useProperties, useSaveProperties } from './useProperties'

interface Props {
  title: string
  description?: ReactNode
  fields: readonly Field[]
  opened: boolean
  onClose: () => void
}

/** The settings of one thing, read when it opens and written together. */
export function PropertyDialog(props: Props) {
  const stored = useProperties()
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} size="lg">
      {!props.opened ? null : stored.error && !stored.data ? (
        <ErrorState error={stored.error} onRetry={stored.refetch} />
      ) : !stored.data ? (
        <TableSkeleton rows={4} />
      ) : (
        <Form {...props} stored={stored.data} />
      )}
    </Modal>
  )
}

function Form({ title, description, fields, stored, onClose }: Props & { stored: readonly Property[] }) {
  const [before] = useState(() => valuesOf(fields, stored))
  const [values, setValues] = useState(before)
  const [problems, setProblems] = useState<Record<string, string | undefined>>({})
  const save = useSaveProperties()
  const refused = save.error instanceof Refused ? save.error.fields : {}
  const submit = () => {
    const found = Object.fromEntries(
      fields.map((field) => [field.name, problemOf(field, values[field.name] ?? '')]),
    )
    setProblems(found)
    if (Object.values(found).some(Boolean)) return
    save.mutate(changesOf(fields, before, values), {
      onSuccess: () => {
        toastDone(`${title} saved`)
        onClose()
      },
    })
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
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
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
