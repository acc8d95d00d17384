import { Alert, Badge, Button, Group, Paper, Stack, Tabs, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconInfoCircle, IconPencil, IconRefresh } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { gql } from '@/graphql/client'
import { AssetDocument, type AssetQuery } from '@/graphql/generated/graphql'
import { IssueTable } from '@/issue/IssueTable'
import { useCompany } from '@/session/viewer'
import { WithCompany } from '@/session/WithCompany'
import { AppLink } from '@/shared/AppLink'
import { FactGrid } from '@/shared/Facts'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import { sentence } from '@/shared/words'
import { isActive, RunStateBadge } from '@/sync/RunState'
import { AssetComponents } from './AssetComponents'
import { AssetGate } from './AssetGate'
import { DeleteAssetButton } from './DeleteAssetButton'
import { EditAssetDialog } from './EditAssetDialog'
import { ImportSbomButton } from './ImportSbomButton'
import { RISK_SCORE_NEEDS, RiskScore } from './RiskScore'

const route = getRouteApi('/shell/assets/$assetId')

export type AssetDetail = NonNullable<AssetQuery['asset']>

export const EXPLOITABILITY_LABEL = { INTERNET_FACING: 'Internet facing', INTERNAL: 'Internal' } as const
export const CLASSIFICATION_LABEL = {
  PERSONALLY_IDENTIFIABLE_INFORMATION: 'Personally identifiable information',
  PAYMENT_CARD_INDUSTRY: 'Payment card industry',
  NON_SENSITIVE: 'Non-sensitive',
} as const

export function useAsset(assetId: string) {
  return useQuery({
    queryKey: ['asset', assetId],
    queryFn: () => gql(AssetDocument, { id: assetId }),
    select: (data) => data.asset,
    refetchInterval: (query) => (isActive(query.state.data?.asset?.lastSync) ? 1_500 : false),
  })
}

export function AssetPage() {
  return <WithCompany>{(companyId) => <AssetView companyId={companyId} />}</WithCompany>
}

function AssetView({ companyId }: { companyId: string }) {
  const { assetId } = route.useParams()
  const search = route.useSearch()
  const asset = useAsset(assetId)
  const cache = useQueryClient()
  const syncing = isActive(asset.data?.lastSync)
  const wasSyncing = useRef(syncing)
  useEffect(() => {
    // The issues are read again when a synchronization has ended, and once when it begins.
    if (wasSyncing.current !== syncing) void cache.invalidateQueries({ queryKey: ['issues'] })
    wasSyncing.current = syncing
  }, [syncing, cache])
  if (asset.error && !asset.data) return <ErrorState error={asset.error} onRetry={asset.refetch} />
  if (asset.isPending) return <PageSkeleton />
  if (!asset.data)
    return (
      <EmptyState title="There is no such asset" action={<AppLink to="/assets">Go to the assets</AppLink>}>
        It may have been deleted, or belongs to another company.
      </EmptyState>
    )
  return (
    <Stack gap="lg">
      <AssetSummary asset={asset.data} companyId={companyId} />
      <Tabs defaultValue="issues" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="issues">Issues</Tabs.Tab>
          <Tabs.Tab value="components">Components</Tabs.Tab>
          <Tabs.Tab value="gate">Security gate</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="issues">
          <IssueTable companyId={companyId} assetId={assetId} search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="components">
          <AssetComponents assetId={assetId} />
        </Tabs.Panel>
        <Tabs.Panel value="gate">
          <AssetGate companyId={companyId} assetId={assetId} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

function AssetSummary({ asset, companyId }: { asset: AssetDetail; companyId: string }) {
  const [editing, edit] = useDisclosure(false)
  const { role } = useCompany()
  const name = asset.name ?? `Asset ${asset.id}`
  const score = asset.riskScore?.current?.value
  const change = asset.riskScore?.differenceFromLast?.value
  const linked = asset.integrationLinks[0]
  const mayEdit = role === 'OWNER' || role === 'ADMIN' || role === 'MANAGER'
  return (
    <div>
      <PageHeader
        title={name}
        crumbs={[{ label: 'Assets', to: '/assets' }]}
        description={asset.description}
        actions={
          <>
            {mayEdit && (
              <Button
                variant="default"
                leftSection={<IconPencil size={16} aria-hidden />}
                onClick={edit.open}
              >
                Edit details
              </Button>
            )}
            {role !== 'READER' && <ImportSbomButton companyId={companyId} assetId={asset.id} />}
            {mayEdit && <DeleteAssetButton assetId={asset.id} name={name} />}
            {linked && (
              <Button
                variant="default"
                leftSection={<IconRefresh size={16} aria-hidden />}
                renderRoot={(props) => (
                  <Link
                    to="/assets/$assetId/integrations/dependency-track"
                    params={{ assetId: asset.id }}
                    {...props}
                  />
                )}
              >
                Synchronization
              </Button>
            )}
          </>
        }
      />
      <Paper p="md">
        <FactGrid
          facts={{
            'Risk score': (
              <Group gap={6}>
                <RiskScore value={score} />
                {change ? (
                  <Text span size="xs" c="dimmed">
                    {change > 0 ? '+' : ''}
                    {change.toFixed(1)} since last
                  </Text>
                ) : null}
              </Group>
            ),
            'Open vulnerabilities': <SeverityCounts counts={asset.openIssues} />,
            'Business impact': asset.businessImpact && sentence(asset.businessImpact),
            'Attack surface': asset.exploitability && EXPLOITABILITY_LABEL[asset.exploitability],
            'Environment compromised': asset.environmentCompromised ? 'Yes' : 'No',
            'Data classification': asset.dataClassification
              .map((one) => CLASSIFICATION_LABEL[one] ?? one)
              .join(', '),
            'Dependency-Track project': linked && (
              <AppLink to="/assets/$assetId/integrations/dependency-track" params={{ assetId: asset.id }}>
                {[linked.externalProject.name, linked.externalProject.version].filter(Boolean).join(' ')}
              </AppLink>
            ),
            'Last synchronization': asset.lastSync && (
              <Group gap={6}>
                <RunStateBadge state={asset.lastSync.state} />
                {asset.lastSync.endedAt && <RelativeTime at={asset.lastSync.endedAt} />}
              </Group>
            ),
            Teams: (asset.teams ?? []).map((team) => team.label).join(', '),
            Technologies: asset.technologies.join(', '),
            'Last updated': <RelativeTime at={asset.updatedAt} />,
          }}
        />
        {(asset.assetsTagList ?? []).length > 0 && (
          <Group gap={6} mt="md">
            {asset.assetsTagList?.map((tag) => (
              <Badge key={tag} variant="default" tt="none" fw={500}>
                {tag}
              </Badge>
            ))}
          </Group>
        )}
        {(score === null || score === undefined) && (
          <Alert mt="md" p="xs" variant="default" icon={<IconInfoCircle size={18} aria-hidden />}>
            {RISK_SCORE_NEEDS}{' '}
            {mayEdit && (
              <Button variant="subtle" size="compact-xs" onClick={edit.open}>
                Set them
              </Button>
            )}
          </Alert>
        )}
      </Paper>
      <EditAssetDialog asset={asset} companyId={companyId} opened={editing} onClose={edit.close} />
    </div>
  )
}
