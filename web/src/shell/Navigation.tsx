import { NavLink, Stack, Text } from '@mantine/core'
import {
  IconApi,
  IconBell,
  IconBug,
  IconDatabaseImport,
  IconFlag,
  IconGavel,
  IconLayoutDashboard,
  IconLicense,
  IconPackages,
  IconPlugConnected,
  IconServer2,
  IconSettings,
  IconShieldCheck,
  IconShieldExclamation,
  IconStack2,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react'
import { Link, useLocation } from '@tanstack/react-router'
import classes from './Shell.module.css'

interface Place {
  to: string
  label: string
  icon: TablerIcon
  /** Where the places below it are, when not at `to`. */
  all?: string
}

/** Every place in the navigation. A new section of the product is one entry here and its routes. */
const GROUPS: { label: string; places: Place[] }[] = [
  {
    label: 'Vulnerability management',
    places: [
      { to: '/dashboard', label: 'Dashboard', icon: IconLayoutDashboard },
      { to: '/assets', label: 'Assets', icon: IconServer2 },
      { to: '/issues', label: 'Issues', icon: IconBug },
      { to: '/integrations', label: 'Integrations', icon: IconPlugConnected },
    ],
  },
  {
    label: 'Component analysis',
    places: [
      { to: '/analyzer/projects', label: 'Projects', icon: IconStack2 },
      { to: '/analyzer/vulnerabilities', label: 'Vulnerabilities', icon: IconShieldExclamation },
      { to: '/analyzer/policies', label: 'Policies', icon: IconGavel },
      { to: '/analyzer/vulnerability-policies', label: 'Vulnerability policies', icon: IconShieldCheck },
      { to: '/analyzer/violations', label: 'Policy violations', icon: IconFlag },
      { to: '/analyzer/licenses', label: 'Licences', icon: IconLicense },
    ],
  },
  {
    label: 'Administration',
    places: [
      { to: '/settings/people', label: 'Settings', icon: IconSettings, all: '/settings' },
      { to: '/administration/sources', label: 'Vulnerability sources', icon: IconDatabaseImport },
      { to: '/administration/repositories', label: 'Repositories', icon: IconPackages },
      { to: '/administration/notifications', label: 'Notifications', icon: IconBell },
      {
        to: '/administration/access/teams',
        label: 'Access management',
        icon: IconUsersGroup,
        all: '/administration/access',
      },
      { to: '/api-playground', label: 'API', icon: IconApi },
    ],
  },
]

export function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const { pathname } = useLocation()
  return (
    <Stack gap="md">
      {GROUPS.map((group) => (
        <div key={group.label}>
          <Text size="xs" fw={600} c="dimmed" px="sm" mb={4}>
            {group.label}
          </Text>
          {group.places.map(({ to, label, icon: Icon, all = to }) => {
            const active = pathname === to || pathname.startsWith(`${all}/`)
            return (
              <NavLink
                key={to}
                renderRoot={(props) => <Link to={to} {...props} />}
                label={label}
                leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
                active={active}
                aria-current={active ? 'page' : undefined}
                onClick={onNavigate}
                className={classes.place}
              />
            )
          })}
        </div>
      ))}
    </Stack>
  )
}
