import {
  Alert,
  Button,
  Checkbox,
  FileInput,
  Group,
  Loader,
  Modal,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconCheck, IconFileCode } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ErrorState } from '@/shared/States'
import type { Project } from '../api'
import { uploadBom } from './upload'

interface Props {
  /** The project to upload to; without one the dialog asks for name and version, and creates it if need be. */
  project?: Project
  opened: boolean
  onClose: () => void
}

export function UploadDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Upload SBOM" size="md">
      {props.opened && <UploadForm {...props} />}
    </Modal>
  )
}

interface Values {
  name: string
  version: string
  isLatest: boolean
  file: File | null
}

function UploadForm({ project, onClose }: Props) {
  const cache = useQueryClient()
  const form = useForm<Values>({
    initialValues: { name: '', version: '', isLatest: false, file: null },
    validate: {
      name: (value) => (project || value.trim() ? null : 'Enter the name of the project'),
      file: (value) => (value ? null : 'Choose a file'),
    },
  })
  const [isAccepted, setAccepted] = useState(false)
  const upload = useMutation({
    onMutate: () => setAccepted(false),
    mutationFn: (values: Values) =>
      uploadBom(
        values.file as File,
        project
          ? { uuid: project.uuid }
          : { name: values.name.trim(), version: values.version.trim(), isLatest: values.isLatest },
        () => setAccepted(true),
      ),
    onSuccess: () =>
      Promise.all(
        ['projects', 'project', 'components', 'findings'].map((key) =>
          cache.invalidateQueries({ queryKey: [key] }),
        ),
      ),
  })
  if (upload.isSuccess)
    return (
      <Stack gap="md">
        <Alert
          variant="default"
          role="status"
          icon={<IconCheck size={18} aria-hidden />}
          title="The SBOM was processed"
        >
          Its components and their known vulnerabilities can be seen now.
        </Alert>
        <Group justify="flex-end">
          {upload.data && !project && (
            <AppLink to="/analyzer/projects/$projectUuid" params={{ projectUuid: upload.data }}>
              Open the project
            </AppLink>
          )}
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    )
  return (
    <form onSubmit={form.onSubmit((values) => upload.mutate(values))} noValidate>
      <Stack gap="sm">
        {project ? (
          <Text size="sm">
            To {project.name} {project.version}. Components that the new SBOM does not list are removed.
          </Text>
        ) : (
          <>
            <TextInput label="Project name" required data-autofocus {...form.getInputProps('name')} />
            <TextInput label="Version" {...form.getInputProps('version')} />
            <Checkbox
              label="This is the latest version"
              {...form.getInputProps('isLatest', { type: 'checkbox' })}
            />
          </>
        )}
        <FileInput
          label="SBOM file"
          description="CycloneDX, JSON or XML"
          placeholder="Choose a file"
          accept=".json,.cdx,.xml,application/json,application/xml"
          leftSection={<IconFileCode size={16} aria-hidden />}
          required
          clearable
          clearButtonProps={{ 'aria-label': 'Clear file' }}
          {...form.getInputProps('file')}
        />
        {upload.error && (
          <ErrorState
            error={upload.error}
            title={
              isAccepted
                ? 'The SBOM was accepted, but what became of it is not known yet'
                : 'The SBOM was not accepted'
            }
          />
        )}
        <Group justify="flex-end">
          {upload.isPending && (
            <Group gap="xs" mr="auto" role="status">
              <Loader size="xs" />
              <Text size="sm" c="dimmed">
                Processing
              </Text>
            </Group>
          )}
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={upload.isPending}>
            Upload
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
