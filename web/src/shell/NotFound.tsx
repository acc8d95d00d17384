import { IconMapOff } from '@tabler/icons-react'
import { AppLink } from '@/shared/AppLink'
import { PageHeader } from '@/shared/PageHeader'
import { EmptyState } from '@/shared/States'

export function NotFound() {
  return (
    <>
      <PageHeader title="Page not found" />
      <EmptyState
        title="There is no page at this address"
        icon={IconMapOff}
        action={<AppLink to="/">Go to the start page</AppLink>}
      >
        The link may be old, or mistyped.
      </EmptyState>
    </>
  )
}
