import { Button, Group } from '@mantine/core'

interface Props {
  onClose: () => void
  saving: boolean
  /** The word on the button that submits. */
  label?: string
}

/** The end of a form in a dialog. */
export function DialogFooter({ onClose, saving, label = 'Save' }: Props) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" loading={saving}>
        {label}
      </Button>
    </Group>
  )
}
