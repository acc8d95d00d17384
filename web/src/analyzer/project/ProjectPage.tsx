import { Badge, Button, Group, Paper, Tabs } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconUpload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AppLink } from '@/shared/AppLink'
import { toAppError } from '@/shared/error'
import { FactGrid } from '@/shared/Facts'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import type { Metrics, Project } from '../api'
import { UploadDialog } from '../bom/UploadDialog'
import { ComponentTable } from '../component/ComponentTable'
import { counts } from '../counts'
import { FindingTable } from '../finding/FindingTable'
import { DependencyTree } from '../graph/DependencyTree'
import { ViolationCounts } from '../policy/StateBadge'
import { rest } from '../rest'
import { ServiceTable } from '../service/ServiceTable'
import { ProjectViolations } from '../violation/ProjectViolations'
import { ExportMenu } from './ExportMenu'
import type { PROJECT_TABS } from './search'

const route = getRouteApi('/shell/analyzer/projects/$projectUuid')

export function ProjectPage() {
  const { projectUuid } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [uploading, upload] = useDisclosure(false)
  const project = useQuery({
    queryKey: ['project', projectUuid],
    queryFn: () => rest<Project>('GET', `/project/${projectUuid}`),
  })
  const metrics = useQuery({
    queryKey: ['project', projectUuid, 'metrics'],
    queryFn: async () =>
      (await rest<Metrics | undefined>('GET', `/metrics/project/${projectUuid}/current`)) ?? null,
  })
  if (project.error && !project.data) {
    if (toAppError(project.error).code === 'NOT_FOUND')
      return (
        <EmptyState
          title="There is no such project"
          action={<AppLink to="/analyzer/projects">Go to the projects</AppLink>}
        >
          It may have been deleted.
        </EmptyState>
      )
    return <ErrorState error={project.error} onRetry={project.refetch} />
  }
  if (!project.data) return <PageSkeleton />
  const { name, version, tags = [], lastBomImport, lastBomImportFormat, isLatest } = project.data
  const measured = metrics.data ?? project.data.metrics
  const tab = search.tab ?? 'components'
  return (
    <>
      <PageHeader
        title={[name, version].filter(Boolean).join(' ')}
        crumbs={[{ label: 'Projects', to: '/analyzer/projects' }]}
        description={project.data.description}
        aside={
          isLatest && (
            <Badge variant="default" tt="none" fw={500}>
              Latest
            </Badge>
          )
        }
        actions={
          <>
            <ExportMenu project={project.data} />
            <Button leftSection={<IconUpload size={16} aria-hidden />} onClick={upload.open}>
              Upload SBOM
            </Button>
          </>
        }
      />
      <Paper p="md" mb="lg">
        <FactGrid
          facts={{
            Vulnerabilities: <SeverityCounts counts={counts(measured)} lastLabel="Unassigned" />,
            'Policy violations': <ViolationCounts metrics={measured} />,
            'Risk score': measured?.inheritedRiskScore.toLocaleString('en'),
            Components: measured?.components?.toLocaleString('en'),
            Audited:
              measured &&
              `${measured.findingsAudited} of ${measured.findingsTotal}, ${measured.suppressed} suppressed`,
            'Last SBOM': <RelativeTime at={lastBomImport} />,
            Format: lastBomImportFormat,
            'Package URL': project.data.purl,
            Tags: tags.length > 0 && (
              <Group gap={4}>
                {tags.map((tag) => (
                  <Badge key={tag.name} variant="default" tt="none" size="sm" fw={500}>
                    {tag.name}
                  </Badge>
                ))}
              </Group>
            ),
          }}
        />
      </Paper>
      <Tabs
        value={tab}
        onChange={(next) =>
          void navigate({ search: { tab: next as (typeof PROJECT_TABS)[number] }, resetScroll: false })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md" style={{ flexWrap: 'wrap' }}>
          <Tabs.Tab value="components">Components</Tabs.Tab>
          <Tabs.Tab value="findings">Audit vulnerabilities</Tabs.Tab>
          <Tabs.Tab value="violations">Policy violations</Tabs.Tab>
          <Tabs.Tab value="services">Services</Tabs.Tab>
          <Tabs.Tab value="dependencies">Dependencies</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="components">
          <ComponentTable projectUuid={projectUuid} search={search} onUpload={upload.open} />
        </Tabs.Panel>
        <Tabs.Panel value="findings">
          <FindingTable projectUuid={projectUuid} search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="violations">
          <ProjectViolations projectUuid={projectUuid} search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="services">
          <ServiceTable projectUuid={projectUuid} search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="dependencies">
          <DependencyTree projectUuid={projectUuid} />
        </Tabs.Panel>
      </Tabs>
      <UploadDialog project={project.data} opened={uploading} onClose={upload.close} />
    </>
  )
}
