import { Button, Paper, Stack, Text, Title } from '@mantine/core'
import { IconPlugConnected, IconRefresh } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { gql, watch } from '@/graphql/client'
import {
  AssetLinkDocument,
  type AssetLinkQuery,
  SyncAssetDocument,
  SyncProgressDocument,
  SyncRunsDocument,
  type SyncRunsQuery,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { WithCompany } from '@/session/WithCompany'
import { AppLink } from '@/shared/AppLink'
import { AppError } from '@/shared/error'
import { FactGrid } from '@/shared/Facts'
import { ExternalLink, PageHeader } from '@/shared/PageHeader'
import { toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState, ErrorState, OperationErrorText, PageSkeleton } from '@/shared/States'
import { CurrentRun } from './CurrentRun'
import { PendingPushes } from './PendingPushes'
import { RUNS_PER_PAGE, RunHistory } from './RunHistory'
import { isActive } from './RunState'

const route = getRouteApi('/shell/assets/$assetId/integrations/dependency-track')

type LinkedAsset = NonNullable<AssetLinkQuery['asset']>
type AssetLink = LinkedAsset['integrationLinks'][number]

/** How often runs are asked for beside what is told of them: streams may break off. */
const LIVE_MS = 5_000

export function SyncPage() {
  return <WithCompany>{(companyId) => <Sync companyId={companyId} />}</WithCompany>
}

function Sync({ companyId }: { companyId: string }) {
  const { assetId } = route.useParams()
  const asset = useQuery({
    queryKey: ['asset', assetId, 'link'],
    queryFn: () => gql(AssetLinkDocument, { assetId }),
    select: (data) => data.asset,
  })
  if (asset.error && !asset.data) return <ErrorState error={asset.error} onRetry={asset.refetch} />
  if (asset.isPending) return <PageSkeleton />
  if (!asset.data)
    return (
      <EmptyState title="There is no such asset" action={<AppLink to="/assets">Go to the assets</AppLink>} />
    )
  const link = asset.data.integrationLinks[0]
  if (!link)
    return (
      <>
        <PageHeader title="Synchronization" crumbs={crumbs(asset.data)} />
        <Paper>
          <EmptyState
            title="This asset is not linked to a Dependency-Track project"
            icon={IconPlugConnected}
            action={
              <Button
                renderRoot={(props) => (
                  <Link to="/integrations/dependency-track" search={{ step: 'configuration' }} {...props} />
                )}
              >
                Link a project
              </Button>
            }
          >
            Projects are linked to assets by importing them.
          </EmptyState>
        </Paper>
      </>
    )
  return <SyncView companyId={companyId} asset={asset.data} link={link} />
}

function crumbs(asset: LinkedAsset) {
  return [
    { label: 'Assets', to: '/assets' },
    { label: asset.name ?? `Asset ${asset.id}`, to: `/assets/${asset.id}` },
  ]
}

function SyncView({ companyId, asset, link }: { companyId: string; asset: LinkedAsset; link: AssetLink }) {
  const cache = useQueryClient()
  const { role } = useCompany()
  const [page, setPage] = useState(1)
  const runs = useQuery({
    queryKey: ['runs', companyId, asset.id, page],
    queryFn: () => gql(SyncRunsDocument, { companyId, assetId: asset.id, page, limit: RUNS_PER_PAGE }),
    select: (data) => data.syncRuns,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.syncRuns.collection.some(isActive) ? LIVE_MS : 15_000),
  })
  useEffect(
    () =>
      watch(SyncProgressDocument, { assetId: asset.id }, ({ syncProgress: run }) => {
        const key = ['runs', companyId, asset.id, 1]
        const known = cache.getQueryData<SyncRunsQuery>(key)
        const rows = known?.syncRuns.collection ?? []
        if (!known || !rows.some((row) => row.id === run.id)) {
          void cache.invalidateQueries({ queryKey: key })
          return
        }
        const collection = rows.map((row) => (row.id === run.id ? run : row))
        cache.setQueryData(key, { syncRuns: { ...known.syncRuns, collection } })
      }),
    [asset.id, companyId, cache],
  )
  const latest = page === 1 ? runs.data?.collection[0] : undefined
  const active = isActive(latest)
  const wasActive = useRef(active)
  useEffect(() => {
    // A run has just ended: what it changed must be read again.
    if (wasActive.current && !active) {
      for (const key of ['issues', 'issue', 'assets', 'asset', 'pushes'])
        void cache.invalidateQueries({ queryKey: [key] })
    }
    wasActive.current = active
  }, [active, cache])
  const start = useMutation({
    mutationFn: async () => {
      const { syncAsset } = await gql(SyncAssetDocument, {
        input: { assetId: asset.id, integration: 'DEPENDENCY_TRACK' },
      })
      if (syncAsset.failureReason) throw new AppError(syncAsset.failureReason, 'INVALID')
    },
    onSuccess: () => {
      setPage(1)
      return cache.invalidateQueries({ queryKey: ['runs', companyId, asset.id] })
    },
    onError: (error) => toastError(error, 'The synchronization was not started'),
  })
  const mayStart = role !== 'READER' && role !== 'DEVELOPER'
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title="Synchronization"
          crumbs={crumbs(asset)}
          description={`Between ${asset.name} and its Dependency-Track project`}
          actions={
            mayStart && (
              <Button
                leftSection={<IconRefresh size={16} aria-hidden />}
                onClick={() => start.mutate()}
                loading={start.isPending}
                disabled={active}
              >
                {active ? 'Synchronizing' : 'Start synchronization'}
              </Button>
            )
          }
        />
        <LinkedProject link={link} />
      </div>
      {latest && <CurrentRun run={latest} />}
      <section aria-labelledby="runs">
        <Title order={2} id="runs" mb="sm">
          History
        </Title>
        <RunHistory runs={runs} page={page} onPage={setPage} />
      </section>
      <section aria-labelledby="pushes">
        <Title order={2} id="pushes" mb="sm">
          Decisions to be sent
        </Title>
        <PendingPushes integrationId={link.integration.id} assetId={asset.id} live={active} />
      </section>
    </Stack>
  )
}

function LinkedProject({ link }: { link: AssetLink }) {
  const { externalProject: project, integration } = link
  // The built-in analyzer serves under this very address: its pages are pages of this application.
  const builtIn = integration.apiUrl.replace(/\/+$/, '') === window.location.origin
  const title = [project.name, project.version].filter(Boolean).join(' ')
  return (
    <Paper p="md">
      <FactGrid
        facts={{
          Project: builtIn ? (
            <AppLink to="/analyzer/projects/$projectUuid" params={{ projectUuid: project.id }} fw={600}>
              {title}
            </AppLink>
          ) : (
            <ExternalLink href={`${integration.apiUrl}/projects/${project.id}`}>{title}</ExternalLink>
          ),
          'Last SBOM': <RelativeTime at={project.lastImportAt} />,
          Follows: link.follow === 'LATEST' ? 'The latest version' : 'This version',
          Linked: <RelativeTime at={link.createdAt} />,
          'Dependency-Track': `${integration.apiUrl}${integration.version ? ` (version ${integration.version})` : ''}`,
          'Project identifier': (
            <Text span inherit ff="monospace" fz="xs">
              {project.id}
            </Text>
          ),
        }}
        columns={3}
      />
      {integration.stateReason && (
        <Stack mt="md" gap={4}>
          <OperationErrorText error={integration.stateReason} />
          <AppLink to="/integrations/dependency-track" search={{ step: 'configuration' }}>
            Check the integration
          </AppLink>
        </Stack>
      )}
    </Paper>
  )
}
