import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { PropertyForm } from './PropertyForm'
import type { Field, Values } from './property'
import { useProperties } from './useProperties'

interface Props {
  title: string
  description?: ReactNode
  fields: readonly Field[]
  check?: (values: Values) => Record<string, string | undefined>
  opened: boolean
  onClose: () => void
}

/** The settings of one thing, read when it opens and written together. */
export function PropertyDialog({ opened, onClose, ...form }: Props) {
  const stored = useProperties()
  return (
    <Modal opened={opened} onClose={onClose} title={form.title} size="lg">
      {!opened ? null : stored.error && !stored.data ? (
        <ErrorState error={stored.error} onRetry={stored.refetch} />
      ) : !stored.data ? (
        <TableSkeleton rows={4} />
      ) : (
        <PropertyForm {...form} stored={stored.data} onSaved={onClose} onCancel={onClose} />
      )}
    </Modal>
  )
}
