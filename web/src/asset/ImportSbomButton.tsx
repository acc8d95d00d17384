import { Button, FileButton } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { ImportSbomDocument } from '@/graphql/generated/graphql'
import { toastDone, toastError } from '@/shared/query'

/** Takes an SBOM of an asset from the disk. */
export function ImportSbomButton({ companyId, assetId }: { companyId: string; assetId: string }) {
  const cache = useQueryClient()
  const upload = useMutation({
    mutationFn: (file: File) => gql(ImportSbomDocument, { input: { companyId, assetId, file } }),
    onSuccess: async ({ importSbom }) => {
      await cache.invalidateQueries({ queryKey: ['asset', assetId] })
      toastDone(importSbom.errors?.[0] ?? 'The SBOM was taken; what is found in it becomes issues')
    },
    onError: (error) => toastError(error, 'The SBOM was not taken'),
  })
  return (
    <FileButton accept=".json,.xml,.cdx" onChange={(file) => file && upload.mutate(file)}>
      {(props) => (
        <Button
          {...props}
          variant="default"
          loading={upload.isPending}
          leftSection={<IconUpload size={16} aria-hidden />}
        >
          Import SBOM
        </Button>
      )}
    </FileButton>
  )
}
