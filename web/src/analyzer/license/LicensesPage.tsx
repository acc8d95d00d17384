import { Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { PageHeader } from '@/shared/PageHeader'
import { GroupList } from './GroupList'
import { LicenseList } from './LicenseList'
import type { LICENSE_TABS } from './search'

const route = getRouteApi('/shell/analyzer/licenses')

/** The licences that are known here, and groups of them for policies. */
export function LicensesPage() {
  const { tab = 'licenses', ...search } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <>
      <PageHeader
        title="Licences"
        description="Components are under these licences. Policies name them one by one or by group."
      />
      <Tabs
        value={tab}
        onChange={(next) =>
          void navigate({ search: { tab: next as (typeof LICENSE_TABS)[number] }, resetScroll: false })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="licenses">Licences</Tabs.Tab>
          <Tabs.Tab value="groups">Groups</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="licenses">
          <LicenseList search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="groups">
          <GroupList />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}
