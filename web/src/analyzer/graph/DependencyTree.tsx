import { ActionIcon, Box, Group, Paper, Skeleton, Stack, Text } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { EmptyState, ErrorState, TableSkeleton } from '@/shared/States'
import { rest } from '../rest'
import { type GraphNode, mayHaveMore } from './graph'

function useDependencies(of: 'project' | 'component', uuid: string) {
  return useQuery({
    queryKey: ['dependencies', of, uuid],
    queryFn: () => rest<GraphNode[]>('GET', `/dependencyGraph/${of}/${uuid}/directDependencies`),
  })
}

/** What a project depends on, level by level. */
export function DependencyTree({ projectUuid }: { projectUuid: string }) {
  const direct = useDependencies('project', projectUuid)
  if (direct.error && !direct.data) return <ErrorState error={direct.error} onRetry={direct.refetch} />
  return (
    <Paper p={direct.data?.length ? 'md' : 0} component="section" aria-label="Dependencies">
      {!direct.data ? (
        <TableSkeleton />
      ) : direct.data.length === 0 ? (
        <EmptyState title="The SBOM tells of no dependencies">
          Its components are known all the same; how they depend on each other is not.
        </EmptyState>
      ) : (
        <Level nodes={direct.data} above={[]} />
      )}
    </Paper>
  )
}

interface LevelProps {
  nodes: GraphNode[]
  /** The uuids that lead here: a circle ends where it closes. */
  above: string[]
}

function Level({ nodes, above }: LevelProps) {
  return (
    <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {nodes.map((node) => (
        <Node key={node.uuid} node={node} above={above} />
      ))}
    </Stack>
  )
}

function Node({ node, above }: { node: GraphNode; above: string[] }) {
  const [open, setOpen] = useState(false)
  const circular = above.includes(node.uuid)
  const more = !circular && mayHaveMore(node)
  const Icon = open ? IconChevronDown : IconChevronRight
  return (
    <li>
      <Group gap={6} wrap="nowrap" align="center">
        {more ? (
          <ActionIcon
            variant="subtle"
            size="sm"
            aria-label={`${open ? 'Hide' : 'Show'} what ${node.name} depends on`}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Icon size={16} aria-hidden />
          </ActionIcon>
        ) : (
          <Box w={22} />
        )}
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <Text span inherit fw={600}>
            {node.name}
          </Text>{' '}
          {node.version}
          {node.latestVersion && node.latestVersion !== node.version && (
            <Text span size="xs" c="dimmed">
              {' '}
              latest is {node.latestVersion}
            </Text>
          )}
          {circular && (
            <Text span size="xs" c="dimmed">
              {' '}
              (a circle)
            </Text>
          )}
        </Text>
      </Group>
      {open && (
        <Box ml={10} pl={12} style={{ borderLeft: '1px solid var(--tt-line)' }}>
          <Below uuid={node.uuid} above={[...above, node.uuid]} />
        </Box>
      )}
    </li>
  )
}

function Below({ uuid, above }: { uuid: string; above: string[] }) {
  const nodes = useDependencies('component', uuid)
  if (nodes.error && !nodes.data) return <ErrorState error={nodes.error} onRetry={nodes.refetch} />
  if (!nodes.data) return <Skeleton height={20} my={4} role="status" aria-label="Loading" />
  return <Level nodes={nodes.data} above={above} />
}
