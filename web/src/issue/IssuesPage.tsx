import { getRouteApi } from '@tanstack/react-router'
import { WithCompany } from '@/session/WithCompany'
import { PageHeader } from '@/shared/PageHeader'
import { IssueTable } from './IssueTable'

const route = getRouteApi('/shell/issues')

/** The issues of all assets. */
export function IssuesPage() {
  const search = route.useSearch()
  return (
    <WithCompany>
      {(companyId) => (
        <>
          <PageHeader title="Issues" description="Vulnerabilities of all assets, the worst first" />
          <IssueTable companyId={companyId} search={search} />
        </>
      )}
    </WithCompany>
  )
}
