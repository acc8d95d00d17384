import { AppShell, Box, Burger, Group, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useCompany } from '@/session/viewer'
import { AppLink } from '@/shared/AppLink'
import { ColorSchemeToggle } from './ColorSchemeToggle'
import { Logo } from './Logo'
import { Navigation } from './Navigation'
import classes from './Shell.module.css'
import { UserMenu } from './UserMenu'

/** Everything around a page. */
export function Shell() {
  const [opened, menu] = useDisclosure(false)
  const main = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  const first = useRef(pathname)
  useEffect(() => {
    // After a change of page the keyboard continues in the page, not in the navigation.
    if (first.current !== pathname) main.current?.focus({ preventScroll: true })
    first.current = pathname
  }, [pathname])
  return (
    <>
      <a href="#main" className={classes.skip}>
        Skip to content
      </a>
      <AppShell
        header={{ height: 52 }}
        navbar={{ width: 244, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding="lg"
      >
        <AppShell.Header className={classes.header} px="md">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger
                opened={opened}
                onClick={menu.toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label="Navigation"
              />
              <AppLink to="/" underline="never" c="inherit" aria-label="Twintrack, start page">
                <Group gap="xs" wrap="nowrap">
                  <Logo />
                  <Text span className={classes.name} size="lg">
                    Twintrack
                  </Text>
                </Group>
              </AppLink>
              <CompanyName />
            </Group>
            <Group gap="xs" wrap="nowrap">
              <ColorSchemeToggle />
              <UserMenu />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar className={classes.navbar} p="sm" aria-label="Main">
          <Navigation onNavigate={menu.close} />
        </AppShell.Navbar>
        <AppShell.Main id="main" ref={main} tabIndex={-1}>
          <Box maw={1480} mx="auto">
            <Outlet />
          </Box>
        </AppShell.Main>
      </AppShell>
    </>
  )
}

function CompanyName() {
  const { company, memberships, choose } = useCompany()
  if (!company) return null
  if (memberships.length === 1)
    return (
      <Text c="dimmed" size="sm" visibleFrom="xs" data-testid="company">
        {company.label}
      </Text>
    )
  return (
    <Select
      aria-label="Company"
      size="xs"
      data={memberships.map((one) => ({ value: one.company.id, label: one.company.label }))}
      value={company.id}
      onChange={choose}
      allowDeselect={false}
    />
  )
}
