import { ActionIcon, Tooltip } from '@mantine/core'
import type { TablerIcon } from '@tabler/icons-react'

interface Props {
  icon: TablerIcon
  /** The word that is shown. */
  label: string
  /** What it is done to, for people who do not see the row. */
  of: string
  danger?: boolean
  loading?: boolean
  onClick: () => void
}

/** An action on a row of a list. */
export function RowAction({ icon: Icon, label, of, danger, loading, onClick }: Props) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color={danger ? 'red' : undefined}
        aria-label={`${label} ${of}`}
        loading={loading}
        onClick={onClick}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}
