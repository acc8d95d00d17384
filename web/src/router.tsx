import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
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
  component: lazyRouteComponent(() => import('./session/LoginPage'), 'LoginPage'),
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
  component: lazyRouteComponent(() => import('./dashboard/DashboardPage'), 'DashboardPage'),
})

const assets = createRoute({
  ...page('/assets'),
  validateSearch: assetsSearch,
  component: lazyRouteComponent(() => import('./asset/AssetsPage'), 'AssetsPage'),
})

const asset = createRoute({
  ...page('/assets/$assetId'),
  validateSearch: issuesSearch,
  component: lazyRouteComponent(() => import('./asset/AssetPage'), 'AssetPage'),
})

const sync = createRoute({
  ...page('/assets/$assetId/integrations/dependency-track'),
  component: lazyRouteComponent(() => import('./sync/SyncPage'), 'SyncPage'),
})

const issues = createRoute({
  ...page('/issues'),
  validateSearch: issuesSearch,
  component: lazyRouteComponent(() => import('./issue/IssuesPage'), 'IssuesPage'),
})

const issue = createRoute({
  ...page('/issues/$issueId'),
  component: lazyRouteComponent(() => import('./issue/IssuePage'), 'IssuePage'),
})

const integrations = createRoute({
  ...page('/integrations'),
  validateSearch: (search: Record<string, unknown>): { q?: string } => ({ q: textParam(search.q) }),
  component: lazyRouteComponent(() => import('./integration/IntegrationsPage'), 'IntegrationsPage'),
})

const wizard = createRoute({
  ...page('/integrations/dependency-track'),
  validateSearch: wizardSearch,
  component: lazyRouteComponent(() => import('./integration/WizardPage'), 'WizardPage'),
})

const settings = createRoute({
  ...page('/settings/$section'),
  component: lazyRouteComponent(() => import('./settings/SettingsPage'), 'SettingsPage'),
})

const api = createRoute({
  ...page('/api-playground'),
  component: lazyRouteComponent(() => import('./api/ApiPage'), 'ApiPage'),
})

const projects = createRoute({
  ...page('/analyzer/projects'),
  validateSearch: projectsSearch,
  component: lazyRouteComponent(() => import('./analyzer/project/ProjectsPage'), 'ProjectsPage'),
})

const project = createRoute({
  ...page('/analyzer/projects/$projectUuid'),
  validateSearch: projectSearch,
  component: lazyRouteComponent(() => import('./analyzer/project/ProjectPage'), 'ProjectPage'),
})

const vulnerabilities = createRoute({
  ...page('/analyzer/vulnerabilities'),
  validateSearch: vulnerabilitiesSearch,
  component: lazyRouteComponent(
    () => import('./analyzer/vulnerability/VulnerabilitiesPage'),
    'VulnerabilitiesPage',
  ),
})

const vulnerability = createRoute({
  ...page('/analyzer/vulnerabilities/$source/$vulnId'),
  component: lazyRouteComponent(
    () => import('./analyzer/vulnerability/VulnerabilityPage'),
    'VulnerabilityPage',
  ),
})

const policies = createRoute({
  ...page('/analyzer/policies'),
  validateSearch: policiesSearch,
  component: lazyRouteComponent(() => import('./analyzer/policy/PoliciesPage'), 'PoliciesPage'),
})

const policy = createRoute({
  ...page('/analyzer/policies/$policyUuid'),
  component: lazyRouteComponent(() => import('./analyzer/policy/PolicyPage'), 'PolicyPage'),
})

const vulnPolicies = createRoute({
  ...page('/analyzer/vulnerability-policies'),
  validateSearch: vulnPoliciesSearch,
  component: lazyRouteComponent(
    () => import('./analyzer/vulnerability-policy/VulnPoliciesPage'),
    'VulnPoliciesPage',
  ),
})

const newVulnPolicy = createRoute({
  ...page('/analyzer/vulnerability-policies/new'),
  component: lazyRouteComponent(
    () => import('./analyzer/vulnerability-policy/VulnPolicyPage'),
    'NewVulnPolicyPage',
  ),
})

const vulnPolicy = createRoute({
  ...page('/analyzer/vulnerability-policies/$policyUuid'),
  component: lazyRouteComponent(
    () => import('./analyzer/vulnerability-policy/VulnPolicyPage'),
    'VulnPolicyPage',
  ),
})

const violations = createRoute({
  ...page('/analyzer/violations'),
  validateSearch: violationsSearch,
  component: lazyRouteComponent(() => import('./analyzer/violation/ViolationsPage'), 'ViolationsPage'),
})

const licenses = createRoute({
  ...page('/analyzer/licenses'),
  validateSearch: licensesSearch,
  component: lazyRouteComponent(() => import('./analyzer/license/LicensesPage'), 'LicensesPage'),
})

const license = createRoute({
  ...page('/analyzer/licenses/$licenseId'),
  component: lazyRouteComponent(() => import('./analyzer/license/LicensePage'), 'LicensePage'),
})

const sources = createRoute({
  ...page('/administration/sources'),
  component: lazyRouteComponent(() => import('./analyzer/source/SourcesPage'), 'SourcesPage'),
})

const repositories = createRoute({
  ...page('/administration/repositories'),
  validateSearch: repositoriesSearch,
  component: lazyRouteComponent(() => import('./analyzer/repository/RepositoriesPage'), 'RepositoriesPage'),
})

const notifications = createRoute({
  ...page('/administration/notifications'),
  validateSearch: notificationsSearch,
  component: lazyRouteComponent(
    () => import('./analyzer/notification/NotificationsPage'),
    'NotificationsPage',
  ),
})

const notificationRule = createRoute({
  ...page('/administration/notifications/$ruleUuid'),
  component: lazyRouteComponent(() => import('./analyzer/notification/RulePage'), 'RulePage'),
})

const teams = createRoute({
  ...page('/administration/access/teams'),
  component: lazyRouteComponent(() => import('./analyzer/access/TeamsPage'), 'TeamsPage'),
})

const team = createRoute({
  ...page('/administration/access/teams/$teamUuid'),
  component: lazyRouteComponent(() => import('./analyzer/access/TeamPage'), 'TeamPage'),
})

const users = createRoute({
  ...page('/administration/access/users'),
  component: lazyRouteComponent(() => import('./analyzer/access/UsersPage'), 'UsersPage'),
})

const oidcGroups = createRoute({
  ...page('/administration/access/groups'),
  component: lazyRouteComponent(() => import('./analyzer/access/OidcGroupsPage'), 'OidcGroupsPage'),
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
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} onRetry={reset} />,
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
