import { Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { PageHeader } from '@/shared/PageHeader'
import { DeliveryTable } from './DeliveryTable'
import { MailSettings } from './MailSettings'
import { PublisherList } from './PublisherList'
import { RuleList } from './RuleList'
import type { NOTIFICATION_TABS } from './search'

const route = getRouteApi('/shell/administration/notifications')

/** Who is told what happens here. */
export function NotificationsPage() {
  const { tab = 'rules', ...search } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <>
      <PageHeader
        title="Notifications"
        description="A rule says what is told, and to which receiver. What cannot be delivered is tried again, and kept."
      />
      <Tabs
        value={tab}
        onChange={(next) =>
          void navigate({ search: { tab: next as (typeof NOTIFICATION_TABS)[number] }, resetScroll: false })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
          <Tabs.Tab value="publishers">Publishers</Tabs.Tab>
          <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
          <Tabs.Tab value="mail">Mail</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="rules">
          <RuleList />
        </Tabs.Panel>
        <Tabs.Panel value="publishers">
          <PublisherList />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <DeliveryTable search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="mail">
          <MailSettings />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}
