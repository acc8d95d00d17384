import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { toastDone } from './query'
import { ErrorState } from './States'

interface Props<T> {
  /** What it is about; nothing: the dialog is closed. */
  target: T | null
  title: (target: T) => string
  /** What will happen. */
  text: (target: T) => ReactNode
  /** The word on the button. */
  confirm?: string
  /** Said when it did not work. */
  failed: string
  /** Said when it is done. */
  done: string
  onConfirm: (target: T) => Promise<unknown>
  onClose: () => void
}

/** Asks before something is done that cannot be taken back. */
export function ConfirmDialog<T>(props: Props<T>) {
  const { target, failed, done, confirm = 'Delete', onClose } = props
  // The dialog keeps its words while it closes.
  const [shown, setShown] = useState(target)
  const act = useMutation({
    mutationFn: props.onConfirm,
    onSuccess: () => {
      onClose()
      toastDone(done)
    },
  })
  const { reset } = act
  useEffect(() => {
    if (target === null) return
    setShown(target)
    reset()
  }, [target, reset])
  return (
    <Modal opened={target !== null} onClose={onClose} title={shown !== null ? props.title(shown) : ''}>
      {shown !== null && (
        <Stack gap="md">
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            {props.text(shown)}
          </Text>
          {act.error && <ErrorState error={act.error} title={failed} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button color="red.8" loading={act.isPending} onClick={() => act.mutate(shown)}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}
