import { Paper } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { PageHeader } from '@/shared/PageHeader'
import { IssueDetail, useIssue } from './IssueDetail'

const route = getRouteApi('/shell/issues/$issueId')

/** One issue under an address of its own: what links from reports, comments and the pipeline point at. */
export function IssuePage() {
  const { issueId } = route.useParams()
  const { data: issue } = useIssue(issueId)
  const crumbs = [{ label: 'Assets', to: '/assets' }]
  if (issue)
    crumbs.push({ label: issue.asset.name ?? `Asset ${issue.asset.id}`, to: `/assets/${issue.asset.id}` })
  return (
    <>
      <PageHeader title={issue?.title ?? 'Issue'} crumbs={crumbs} />
      <Paper p="md" maw={900}>
        <IssueDetail issueId={issueId} titled={false} />
      </Paper>
    </>
  )
}
