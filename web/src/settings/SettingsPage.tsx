import { Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { WithCompany } from '@/session/WithCompany'
import { PageHeader } from '@/shared/PageHeader'
import { AuditLog } from './AuditLog'
import { CompanySettings } from './CompanySettings'
import { Deadlines } from './Deadlines'
import { GatePolicy } from './GatePolicy'
import { Keys } from './Keys'
import { People } from './People'
import { SECTIONS } from './sections'
import { Teams } from './Teams'

const route = getRouteApi('/shell/settings/$section')

const PANELS: Record<(typeof SECTIONS)[number]['value'], (props: { companyId: string }) => React.ReactNode> =
  {
    people: People,
    teams: Teams,
    keys: Keys,
    sla: Deadlines,
    gate: GatePolicy,
    audit: AuditLog,
    company: CompanySettings,
  }

/** The settings of a company. */
export function SettingsPage() {
  const { section } = route.useParams()
  const navigate = route.useNavigate()
  const shown = SECTIONS.find((one) => one.value === section)?.value ?? 'people'
  const Panel = PANELS[shown]
  return (
    <WithCompany>
      {(companyId) => (
        <>
          <PageHeader title="Settings" description="Who works here, with which keys and by which rules" />
          <Tabs
            value={shown}
            onChange={(next) => next && void navigate({ params: { section: next } })}
            keepMounted={false}
          >
            <Tabs.List mb="lg">
              {SECTIONS.map((one) => (
                <Tabs.Tab key={one.value} value={one.value}>
                  {one.label}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value={shown}>
              <Panel key={companyId} companyId={companyId} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </WithCompany>
  )
}
