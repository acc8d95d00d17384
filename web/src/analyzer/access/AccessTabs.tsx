import { Tabs } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'

const PLACES = {
  teams: '/administration/access/teams',
  users: '/administration/access/users',
  groups: '/administration/access/groups',
} as const

/** Leads between the pages of the access management. */
export function AccessTabs({ current }: { current: keyof typeof PLACES }) {
  const navigate = useNavigate()
  return (
    <Tabs
      value={current}
      onChange={(next) => void navigate({ to: PLACES[next as keyof typeof PLACES] })}
      mb="md"
    >
      <Tabs.List>
        <Tabs.Tab value="teams">Teams</Tabs.Tab>
        <Tabs.Tab value="users">Users</Tabs.Tab>
        <Tabs.Tab value="groups">OpenID Connect groups</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  )
}
