import { Button, Group, Stack, Table, Text } from '@mantine/core'
import type { AssociateProjectMutation } from '@/graphql/generated/graphql'
import { AppLink } from '@/shared/AppLink'
import { OperationErrorText } from '@/shared/States'

interface Props {
  results: AssociateProjectMutation['associateProject']
  projects: { id: string; name: string; version: string | null }[]
  onClose: () => void
}

/** What became of each chosen project. */
export function ImportResults({ results, projects, onClose }: Props) {
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        The import runs on its own; this dialog can be closed.
      </Text>
      <Table aria-label="Import results">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Project</Table.Th>
            <Table.Th>Result</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {results.data.map((result) => {
            const project = projects.find((one) => one.id === result.projectId)
            return (
              <Table.Tr key={result.projectId}>
                <Table.Td>
                  {project ? [project.name, project.version].filter(Boolean).join(' ') : result.projectId}
                </Table.Td>
                <Table.Td>
                  {result.error ? (
                    <OperationErrorText error={result.error} />
                  ) : result.asset ? (
                    <>
                      Import started:{' '}
                      <AppLink to="/assets/$assetId" params={{ assetId: result.asset.id }}>
                        {result.asset.name}
                      </AppLink>
                    </>
                  ) : (
                    'Accepted'
                  )}
                </Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
      {results.errors?.map((message) => (
        <Text key={message} size="sm" c="var(--mantine-color-error)">
          {message}
        </Text>
      ))}
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  )
}
