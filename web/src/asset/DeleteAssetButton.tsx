import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { gql } from '@/graphql/client'
import { DeleteAssetDocument } from '@/graphql/generated/graphql'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'

/** Deletes an asset after asking. */
export function DeleteAssetButton({ assetId, name }: { assetId: string; name: string }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [asking, ask] = useDisclosure(false)
  const remove = useMutation({
    mutationFn: () => gql(DeleteAssetDocument, { input: { id: [assetId] } }),
    onSuccess: async () => {
      await navigate({ to: '/assets' })
      await cache.invalidateQueries({ queryKey: ['assets'] })
      toastDone(`${name} was deleted`)
    },
  })
  return (
    <>
      <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={ask.open}>
        Delete
      </Button>
      <Modal opened={asking} onClose={ask.close} title={`Delete ${name}`}>
        <Stack gap="sm">
          <Text size="sm">
            The asset goes with its issues, their history and its components. The project in Dependency-Track
            is not touched.
          </Text>
          {remove.error && <ErrorState error={remove.error} title="The asset was not deleted" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={ask.close}>
              Keep it
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
