import { Button, Group, Modal, MultiSelect, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import {
  type BusinessImpactLevel,
  type DataClassification,
  type Exploitability,
  UpdateAssetDocument,
} from '@/graphql/generated/graphql'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { type AssetDetail, CLASSIFICATION_LABEL, EXPLOITABILITY_LABEL } from './AssetPage'

const choices = (labels: Record<string, string>) =>
  Object.entries(labels).map(([value, label]) => ({ value, label }))

interface Props {
  asset: AssetDetail
  companyId: string
  opened: boolean
  onClose: () => void
}

/** What the risk score is computed from, and the name and description. */
export function EditAssetDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Edit asset" size="md">
      {props.opened && <EditForm {...props} />}
    </Modal>
  )
}

function EditForm({ asset, companyId, onClose }: Props) {
  const cache = useQueryClient()
  const form = useForm({
    initialValues: {
      name: asset.name ?? '',
      description: asset.description ?? '',
      businessImpact: asset.businessImpact as string | null,
      exploitability: asset.exploitability as string | null,
      dataClassification: asset.dataClassification as string[],
    },
    validate: { name: (value) => (value.trim() ? null : 'Enter a name') },
  })
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      gql(UpdateAssetDocument, {
        input: {
          id: asset.id,
          companyId: Number(companyId),
          name: values.name.trim(),
          description: values.description,
          businessImpact: values.businessImpact as BusinessImpactLevel | null,
          exploitability: values.exploitability as Exploitability | null,
          dataClassification: values.dataClassification as DataClassification[],
        },
      }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['asset', asset.id] })
      void cache.invalidateQueries({ queryKey: ['assets'] })
      toastDone('Asset saved')
      onClose()
    },
  })
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
        <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
        <Select
          label="Business impact"
          placeholder="Not set"
          data={choices({ LOW: 'Low', MEDIUM: 'Medium', HIGH: 'High' })}
          {...form.getInputProps('businessImpact')}
        />
        <Select
          label="Attack surface"
          placeholder="Not set"
          data={choices(EXPLOITABILITY_LABEL)}
          {...form.getInputProps('exploitability')}
        />
        <MultiSelect
          label="Data classification"
          placeholder={form.values.dataClassification.length === 0 ? 'Not set' : undefined}
          data={choices(CLASSIFICATION_LABEL)}
          {...form.getInputProps('dataClassification')}
        />
        {save.error && <ErrorState error={save.error} />}
        <Group justify="flex-end" mt="xs">
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
