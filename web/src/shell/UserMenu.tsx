import { Button, Menu, Text } from '@mantine/core'
import { IconChevronDown, IconLogout, IconUserCircle } from '@tabler/icons-react'
import { claims, session, useToken } from '@/session/session'
import { useCompany } from '@/session/viewer'
import { sentence } from '@/shared/words'

export function UserMenu() {
  const token = useToken()
  const { viewer, role } = useCompany()
  const name = claims(token).username ?? viewer.data?.user?.name ?? 'User'
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="default"
          px="xs"
          aria-label={`Account of ${name}`}
          leftSection={<IconUserCircle size={18} stroke={1.7} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {viewer.data?.user?.email ?? name}
          {role && (
            <Text size="xs" c="dimmed">
              {sentence(role)}
            </Text>
          )}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => session.end()}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
