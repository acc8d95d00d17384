import type { ReactNode } from 'react'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import { useCompany } from './viewer'

/** Gives the pages of the platform the company they show, or says why there is none. */
export function WithCompany({ children }: { children: (companyId: string) => ReactNode }) {
  const { viewer, company } = useCompany()
  if (company) return <>{children(company.id)}</>
  if (viewer.error)
    return <ErrorState title="The platform cannot be shown" error={viewer.error} onRetry={viewer.refetch} />
  if (viewer.isPending) return <PageSkeleton />
  return (
    <EmptyState title="You belong to no company">
      Ask an owner or administrator of a company to invite you. The component analysis works without one.
    </EmptyState>
  )
}
