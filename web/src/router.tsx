import { createRootRoute, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router'
import { licensesSearch } from './analyzer/license/search'
import { notificationsSearch } from './analyzer/notification/search'
import { policiesSearch } from './analyzer/policy/search'
import { projectSearch, projectsSearch } from './analyzer/project/search'
import { repositoriesSearch } from './analyzer/repository/search'
import { violationsSearch } from './analyzer/violation/search'
import { vulnerabilitiesSearch } from './analyzer/vulnerability/search'
import { vulnPoliciesSearch } from './analyzer/vulnerability-policy/search'
import { assetsSearch } from './asset/search'
import { wizardSearch } from './integration/search'
import { issuesSearch } from './issue/search'
import { session } from './session/session'
import { lazyPage } from './shared/lazyPage'
import { queryClient } from './shared/query'
import { ErrorState, PageSkeleton } from './shared/States'
import { textParam } from './shared/url'
import { NotFound } from './shell/NotFound'
import { Shell } from './shell/Shell'

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { redirect?: string } => ({
    redirect: textParam(search.redirect),
  }),
  component: lazyPage(() => import('./session/LoginPage'), 'LoginPage'),
})

/** Everything but the log-in: needs a session. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: ({ location }) => {
    if (!session.token()) {
      const here = location.href === '/' ? undefined : location.href
      throw redirect({ to: '/login', search: { redirect: here } })
    }
  },
})

const page = <Path extends string>(path: Path) => ({ getParentRoute: () => shell, path }) as const

const start = createRoute({
  ...page('/'),
  beforeLoad: () => {
    throw redirect({ to: '/dashboard' })
  },
})

const dashboard = createRoute({
  ...page('/dashboard'),
  component: lazyPage(() => import('./dashboard/DashboardPage'), 'DashboardPage'),
})

const assets = createRoute({
  ...page('/assets'),
  validateSearch: assetsSearch,
  component: lazyPage(() => import('./asset/AssetsPage'), 'AssetsPage'),
})

const asset = createRoute({
  ...page('/assets/$assetId'),
  validateSearch: issuesSearch,
  component: lazyPage(() => import('./asset/AssetPage'), 'AssetPage'),
})

const sync = createRoute({
  ...page('/assets/$assetId/integrations/dependency-track'),
  component: lazyPage(() => import('./sync/SyncPage'), 'SyncPage'),
})

const issues = createRoute({
  ...page('/issues'),
  validateSearch: issuesSearch,
  component: lazyPage(() => import('./issue/IssuesPage'), 'IssuesPage'),
})

const issue = createRoute({
  ...page('/issues/$issueId'),
  component: lazyPage(() => import('./issue/IssuePage'), 'IssuePage'),
})

const integrations = createRoute({
  ...page('/integrations'),
  validateSearch: (search: Record<string, unknown>): { q?: string } => ({ q: textParam(search.q) }),
  component: lazyPage(() => import('./integration/IntegrationsPage'), 'IntegrationsPage'),
})

const wizard = createRoute({
  ...page('/integrations/dependency-track'),
  validateSearch: wizardSearch,
  component: lazyPage(() => import('./integration/WizardPage'), 'WizardPage'),
})

const settings = createRoute({
  ...page('/settings/$section'),
  component: lazyPage(() => import('./settings/SettingsPage'), 'SettingsPage'),
})

const api = createRoute({
  ...page('/api-playground'),
  component: lazyPage(() => import('./api/ApiPage'), 'ApiPage'),
})

const projects = createRoute({
  ...page('/analyzer/projects'),
  validateSearch: projectsSearch,
  component: lazyPage(() => import('./analyzer/project/ProjectsPage'), 'ProjectsPage'),
})

const project = createRoute({
  ...page('/analyzer/projects/$projectUuid'),
  validateSearch: projectSearch,
  component: lazyPage(() => import('./analyzer/project/ProjectPage'), 'ProjectPage'),
})

const vulnerabilities = createRoute({
  ...page('/analyzer/vulnerabilities'),
  validateSearch: vulnerabilitiesSearch,
  component: lazyPage(() => import('./analyzer/vulnerability/VulnerabilitiesPage'), 'VulnerabilitiesPage'),
})

const vulnerability = createRoute({
  ...page('/analyzer/vulnerabilities/$source/$vulnId'),
  component: lazyPage(() => import('./analyzer/vulnerability/VulnerabilityPage'), 'VulnerabilityPage'),
})

const policies = createRoute({
  ...page('/analyzer/policies'),
  validateSearch: policiesSearch,
  component: lazyPage(() => import('./analyzer/policy/PoliciesPage'), 'PoliciesPage'),
})

const policy = createRoute({
  ...page('/analyzer/policies/$policyUuid'),
  component: lazyPage(() => import('./analyzer/policy/PolicyPage'), 'PolicyPage'),
})

const vulnPolicies = createRoute({
  ...page('/analyzer/vulnerability-policies'),
  validateSearch: vulnPoliciesSearch,
  component: lazyPage(() => import('./analyzer/vulnerability-policy/VulnPoliciesPage'), 'VulnPoliciesPage'),
})

const newVulnPolicy = createRoute({
  ...page('/analyzer/vulnerability-policies/new'),
  component: lazyPage(() => import('./analyzer/vulnerability-policy/VulnPolicyPage'), 'NewVulnPolicyPage'),
})

const vulnPolicy = createRoute({
  ...page('/analyzer/vulnerability-policies/$policyUuid'),
  component: lazyPage(() => import('./analyzer/vulnerability-policy/VulnPolicyPage'), 'VulnPolicyPage'),
})

const violations = createRoute({
  ...page('/analyzer/violations'),
  validateSearch: violationsSearch,
  component: lazyPage(() => import('./analyzer/violation/ViolationsPage'), 'ViolationsPage'),
})

const licenses = createRoute({
  ...page('/analyzer/licenses'),
  validateSearch: licensesSearch,
  component: lazyPage(() => import('./analyzer/license/LicensesPage'), 'LicensesPage'),
})

const license = createRoute({
  ...page('/analyzer/licenses/$licenseId'),
  component: lazyPage(() => import('./analyzer/license/LicensePage'), 'LicensePage'),
})

const sources = createRoute({
  ...page('/administration/sources'),
  component: lazyPage(() => import('./analyzer/source/SourcesPage'), 'SourcesPage'),
})

const repositories = createRoute({
  ...page('/administration/repositories'),
  validateSearch: repositoriesSearch,
  component: lazyPage(() => import('./analyzer/repository/RepositoriesPage'), 'RepositoriesPage'),
})

const notifications = createRoute({
  ...page('/administration/notifications'),
  validateSearch: notificationsSearch,
  component: lazyPage(() => import('./analyzer/notification/NotificationsPage'), 'NotificationsPage'),
})

const notificationRule = createRoute({
  ...page('/administration/notifications/$ruleUuid'),
  component: lazyPage(() => import('./analyzer/notification/RulePage'), 'RulePage'),
})

const teams = createRoute({
  ...page('/administration/access/teams'),
  component: lazyPage(() => import('./analyzer/access/TeamsPage'), 'TeamsPage'),
})

const team = createRoute({
  ...page('/administration/access/teams/$teamUuid'),
  component: lazyPage(() => import('./analyzer/access/TeamPage'), 'TeamPage'),
})

const users = createRoute({
  ...page('/administration/access/users'),
  component: lazyPage(() => import('./analyzer/access/UsersPage'), 'UsersPage'),
})

const oidcGroups = createRoute({
  ...page('/administration/access/groups'),
  component: lazyPage(() => import('./analyzer/access/OidcGroupsPage'), 'OidcGroupsPage'),
})

const routeTree = root.addChildren([
  login,
  shell.addChildren([
    start,
    dashboard,
    assets,
    asset,
    sync,
    issues,
    issue,
    integrations,
    wizard,
    settings,
    api,
    projects,
    project,
    vulnerabilities,
    vulnerability,
    policies,
    policy,
    vulnPolicies,
    newVulnPolicy,
    vulnPolicy,
    violations,
    licenses,
    license,
    sources,
    repositories,
    notifications,
    notificationRule,
    teams,
    team,
    users,
    oidcGroups,
  ]),
])

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: PageSkeleton,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: ({ error }) => <ErrorState error={error} onRetry={() => void router.invalidate()} />,
})

// A session that ends, by choice or by time, leads to the log-in and back again afterwards.
session.subscribe(() => {
  if (session.token() || router.state.location.pathname === '/login') return
  // The next person must not see what the last one read.
  void router.invalidate().then(() => queryClient.clear())
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
