import {
  Button,
  Checkbox,
  Group,
  Modal,
  MultiSelect,
  Select,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import {
  type BusinessImpactLevel,
  CreateAssetDocument,
  type DataClassification,
  type Exploitability,
  TeamChoicesDocument,
  UpdateAssetDocument,
} from '@/graphql/generated/graphql'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { type AssetDetail, CLASSIFICATION_LABEL, EXPLOITABILITY_LABEL } from './AssetPage'

const choices = (labels: Record<string, string>) =>
  Object.entries(labels).map(([value, label]) => ({ value, label }))

interface Props {
  /** Absent: a new one is made. */
  asset?: AssetDetail
  companyId: string
  opened: boolean
  onClose: () => void
  /** Hears the id of the asset that was saved. */
  onSaved?: (id: string) => void
}

/** What is known about an asset; the risk score is computed from a part of it. */
export function EditAssetDialog(props: Props) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.asset ? 'Edit asset' : 'New asset'}
      size="lg"
    >
      {props.opened && <EditForm {...props} />}
    </Modal>
  )
}

function EditForm({ asset, companyId, onClose, onSaved }: Props) {
  const cache = useQueryClient()
  const teams = useQuery({
    queryKey: ['team-choices', companyId],
    queryFn: () => gql(TeamChoicesDocument, { companyId }),
    select: (data) => data.teams.collection.map((team) => ({ value: team.id, label: team.label })),
  })
  const form = useForm({
    initialValues: {
      name: asset?.name ?? '',
      description: asset?.description ?? '',
      businessImpact: (asset?.businessImpact ?? null) as string | null,
      exploitability: (asset?.exploitability ?? null) as string | null,
      dataClassification: (asset?.dataClassification ?? []) as string[],
      environmentCompromised: asset?.environmentCompromised ?? false,
      tags: asset?.assetsTagList ?? [],
      technologies: asset?.technologies ?? [],
      teams: asset?.teams?.map((team) => team.id) ?? [],
      url: asset?.url ?? '',
      repoUrl: asset?.repoUrl ?? '',
      branchName: asset?.branchName ?? '',
    },
    validate: { name: (value) => (value.trim() ? null : 'Enter a name') },
  })
  const save = useMutation({
    mutationFn: async (values: typeof form.values) => {
      const fields = {
        companyId: Number(companyId),
        name: values.name.trim(),
        description: values.description,
        businessImpact: values.businessImpact as BusinessImpactLevel | null,
        exploitability: values.exploitability as Exploitability | null,
        dataClassification: values.dataClassification as DataClassification[],
        environmentCompromised: values.environmentCompromised,
        assetsTagList: values.tags,
        tecnologyList: values.technologies,
        teamIds: values.teams,
        url: values.url,
        repoUrl: values.repoUrl,
        branchName: values.branchName,
      }
      if (asset) return (await gql(UpdateAssetDocument, { input: { id: asset.id, ...fields } })).updateAsset
      return (await gql(CreateAssetDocument, { input: fields })).createAsset
    },
    onSuccess: async (saved) => {
      await cache.invalidateQueries({ queryKey: ['asset'] })
      for (const key of ['assets', 'tags']) void cache.invalidateQueries({ queryKey: [key] })
      toastDone('Asset saved')
      onClose()
      if (saved.asset) onSaved?.(saved.asset.id)
    },
  })
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
        <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
        <Group grow align="flex-start">
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
        </Group>
        <MultiSelect
          label="Data classification"
          placeholder={form.values.dataClassification.length === 0 ? 'Not set' : undefined}
          data={choices(CLASSIFICATION_LABEL)}
          {...form.getInputProps('dataClassification')}
        />
        <Checkbox
          label="Its environment is compromised"
          description="Somebody unwanted is in the environment it runs in"
          {...form.getInputProps('environmentCompromised', { type: 'checkbox' })}
        />
        <TagsInput label="Tags" placeholder="Add with Enter" {...form.getInputProps('tags')} />
        <TagsInput
          label="Technologies"
          placeholder="Add with Enter"
          {...form.getInputProps('technologies')}
        />
        <MultiSelect label="Teams" data={teams.data ?? []} {...form.getInputProps('teams')} />
        <Group grow align="flex-start">
          <TextInput label="Repository" {...form.getInputProps('repoUrl')} />
          <TextInput label="Branch" {...form.getInputProps('branchName')} />
        </Group>
        <TextInput label="Address it runs at" {...form.getInputProps('url')} />
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
