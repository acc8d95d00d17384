import { Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { gql } from '@/graphql/client'
import { IntegrationCatalogDocument, type IntegrationCatalogQuery } from '@/graphql/generated/graphql'
import { WithCompany } from '@/session/WithCompany'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState, ErrorState, OperationErrorText, TableSkeleton } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { IntegrationStateBadge } from './IntegrationStateBadge'

type Card = IntegrationCatalogQuery['integrationCatalog'][number]

const route = getRouteApi('/shell/integrations')

export function IntegrationsPage() {
  return <WithCompany>{(companyId) => <Catalog companyId={companyId} />}</WithCompany>
}

function Catalog({ companyId }: { companyId: string }) {
  const { q } = route.useSearch()
  const setList = useListState<{ q?: string }>()
  const catalog = useQuery({
    queryKey: ['integration-catalog', companyId, q],
    queryFn: () => gql(IntegrationCatalogDocument, { companyId, search: q ?? null }),
    select: (data) => data.integrationCatalog,
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <PageHeader
        title="Integrations"
        description="Connect the tools whose findings are managed here"
        actions={
          <SearchInput
            label="Search integrations"
            value={q ?? ''}
            onChange={(text) => setList({ q: text || undefined })}
          />
        }
      />
      {catalog.error && !catalog.data ? (
        <ErrorState error={catalog.error} onRetry={catalog.refetch} />
      ) : !catalog.data ? (
        <Paper>
          <TableSkeleton rows={3} />
        </Paper>
      ) : catalog.data.length === 0 ? (
        <Paper>
          <EmptyState
            title={`No integration matches “${q ?? ''}”`}
            action={
              <Button variant="default" onClick={() => setList({ q: undefined })}>
                Clear search
              </Button>
            }
          />
        </Paper>
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {catalog.data.map((card) => (
            <li key={card.kind}>
              <IntegrationCard card={card} />
            </li>
          ))}
        </SimpleGrid>
      )}
    </>
  )
}

function IntegrationCard({ card }: { card: Card }) {
  const { integration } = card
  return (
    <Paper p="md" h="100%" component="article" aria-label={card.name}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Group gap="xs" wrap="nowrap">
            <IconPlugConnected size={20} aria-hidden />
            <Title order={2}>{card.name}</Title>
          </Group>
          {integration ? (
            <IntegrationStateBadge state={integration.state} />
          ) : (
            !card.supported && (
              <Text size="xs" c="dimmed">
                Not available yet
              </Text>
            )
          )}
        </Group>
        <Text size="sm" c="dimmed" style={{ flex: 1 }}>
          {card.description}
        </Text>
        {integration?.checkedAt && (
          <Text size="xs" c="dimmed">
            {integration.version ? `Version ${integration.version}, checked ` : 'Checked '}
            <RelativeTime at={integration.checkedAt} />
          </Text>
        )}
        <OperationErrorText error={integration?.stateReason} />
        {card.supported && card.kind === 'DEPENDENCY_TRACK' && (
          <Group>
            <Button
              variant={card.connected ? 'default' : 'filled'}
              aria-label={`${card.connected ? 'Manage' : 'Connect'} ${card.name}`}
              renderRoot={(props) => (
                <Link
                  to="/integrations/dependency-track"
                  search={{ step: card.connected ? 'configuration' : 'credentials' }}
                  {...props}
                />
              )}
            >
              {card.connected ? 'Manage' : 'Connect'}
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  )
}
