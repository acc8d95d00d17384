import { Alert, Code, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconDatabaseImport } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { PageHeader } from '@/shared/PageHeader'
import { ErrorState, PageSkeleton } from '@/shared/States'
import type { Vulnerability } from '../api'
import { useProperties } from '../property/useProperties'
import { restPage } from '../rest'
import { AnalyzerCard } from './AnalyzerCard'
import { ANALYZERS } from './fields'
import { SourceCard } from './SourceCard'
import { useSources } from './useSources'

/** Where vulnerabilities come from: mirrored sources, and analyzers that are asked. */
export function SourcesPage() {
  const sources = useSources()
  const properties = useProperties()
  // Whatever brought some, a mirror or an import on the command line.
  const known = useQuery({
    queryKey: ['vulnerabilities', 'any'],
    queryFn: () => restPage<Vulnerability>('/vulnerability', { pageNumber: 1, pageSize: 1 }),
    select: (page) => page.total > 0,
  })
  if (sources.error && !sources.data) return <ErrorState error={sources.error} onRetry={sources.refetch} />
  if (!sources.data) return <PageSkeleton />
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title="Vulnerability sources"
          description="Components are matched with what these sources tell. A copy of each is kept here, and nothing about your components leaves this server for it."
        />
        {known.data === false && (
          <Alert
            mb="md"
            variant="outline"
            icon={<IconDatabaseImport size={18} aria-hidden />}
            title="No vulnerabilities are known yet"
            styles={{
              title: { color: 'var(--mantine-color-text)' },
              body: { color: 'var(--mantine-color-text)' },
            }}
          >
            <Text size="sm">
              Choose the ecosystems of your components under Open Source Vulnerabilities and run it, or import
              files on the server with <Code>twintrack advisories import</Code>.
            </Text>
          </Alert>
        )}
        {sources.error && (
          <Stack mb="md">
            <ErrorState error={sources.error} onRetry={sources.refetch} />
          </Stack>
        )}
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          {sources.data.map((source) => (
            <SourceCard key={source.name} source={source} />
          ))}
        </SimpleGrid>
      </div>
      <section aria-labelledby="elsewhere">
        <Title order={2} id="elsewhere">
          Analyzers elsewhere
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          They are asked about the components of SBOMs, beside the built-in analysis. Internal components are
          never sent.
        </Text>
        {properties.error && !properties.data ? (
          <ErrorState error={properties.error} onRetry={properties.refetch} />
        ) : (
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {ANALYZERS.map((analyzer) => (
              <AnalyzerCard key={analyzer.title} analyzer={analyzer} properties={properties.data ?? []} />
            ))}
          </SimpleGrid>
        )}
      </section>
    </Stack>
  )
}
