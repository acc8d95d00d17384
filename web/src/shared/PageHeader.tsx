import { Anchor, Box, Breadcrumbs, Group, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { AppLink } from './AppLink'

export interface Crumb {
  label: string
  to: string
}

/** Title of a page with what leads to it, and the actions on it. Also names the browser tab. */
export function PageHeader({
  title,
  crumbs = [],
  description,
  aside,
  actions,
}: {
  title: string
  crumbs?: Crumb[]
  description?: ReactNode
  aside?: ReactNode
  actions?: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Twintrack`
  }, [title])
  return (
    <Box mb="md">
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumb">
          <Breadcrumbs separator="/" separatorMargin={6} mb={4}>
            {crumbs.map((crumb) => (
              <AppLink key={crumb.label} to={crumb.to} size="xs">
                {crumb.label}
              </AppLink>
            ))}
          </Breadcrumbs>
        </nav>
      )}
      <Group justify="space-between" align="flex-start" gap="md">
        <Box style={{ minWidth: 0, flex: '1 1 20rem' }}>
          <Group gap="sm" align="center">
            <Title order={1} style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Title>
            {aside}
          </Group>
          {description && (
            <Text c="dimmed" size="sm" mt={2} component="div">
              {description}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
    </Box>
  )
}

/** A link to somewhere else than this application, or to a place given as an address. */
export function ExternalLink({ href, children }: { href: string; children: ReactNode }) {
  // Addresses come from advisories: only web addresses become links.
  if (!/^https?:\/\//i.test(href)) return <>{children}</>
  return (
    <Anchor href={href} target="_blank" rel="noreferrer noopener" c="var(--tt-link)" inherit>
      {children}
    </Anchor>
  )
}
