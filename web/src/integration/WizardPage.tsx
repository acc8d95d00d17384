import { Paper, Stepper } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import type { IntegrationSettingsFragment } from '@/graphql/generated/graphql'
import { WithCompany } from '@/session/WithCompany'
import { PageHeader } from '@/shared/PageHeader'
import { ErrorState, PageSkeleton } from '@/shared/States'
import { ConfigurationStep } from './ConfigurationStep'
import { CredentialsStep } from './CredentialsStep'
import { IntegrationStateBadge } from './IntegrationStateBadge'
import { SeverityStep } from './SeverityStep'
import { STEPS } from './search'
import { useIntegration } from './useIntegration'

const route = getRouteApi('/shell/integrations/dependency-track')

type Step = (typeof STEPS)[number]

const LABELS: Record<Step, { label: string; description: string }> = {
  credentials: { label: 'Credentials', description: 'Address and tokens' },
  severities: { label: 'Severity Filters', description: 'What becomes an issue' },
  configuration: { label: 'Configuration', description: 'Connection and projects' },
}

export function WizardPage() {
  return <WithCompany>{(companyId) => <Wizard companyId={companyId} />}</WithCompany>
}

function Wizard({ companyId }: { companyId: string }) {
  const integration = useIntegration(companyId)
  if (integration.error && !integration.data)
    return <ErrorState error={integration.error} onRetry={integration.refetch} />
  if (integration.isPending) return <PageSkeleton />
  return <Steps companyId={companyId} integration={integration.data ?? null} />
}

function Steps({
  companyId,
  integration,
}: {
  companyId: string
  integration: IntegrationSettingsFragment | null
}) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  // The later steps need what the first one saves.
  const step: Step = integration ? (search.step ?? 'credentials') : 'credentials'
  const go = (next: Step) => void navigate({ search: { step: next } })
  return (
    <>
      <PageHeader
        title="Dependency-Track"
        crumbs={[{ label: 'Integrations', to: '/integrations' }]}
        description="Import projects as assets, their vulnerabilities as issues, and send decisions back"
        aside={integration && <IntegrationStateBadge state={integration.state} />}
      />
      <Stepper
        active={STEPS.indexOf(step)}
        onStepClick={(index) => go(STEPS[index] ?? 'credentials')}
        size="sm"
        mb="lg"
        maw={900}
        aria-label="Steps"
      >
        {STEPS.map((one) => (
          <Stepper.Step
            key={one}
            label={LABELS[one].label}
            description={LABELS[one].description}
            allowStepSelect={integration !== null}
            aria-current={one === step ? 'step' : undefined}
          />
        ))}
      </Stepper>
      {step === 'credentials' && (
        <Paper p="lg" maw={760}>
          <CredentialsStep companyId={companyId} integration={integration} onSaved={() => go('severities')} />
        </Paper>
      )}
      {step === 'severities' && integration && (
        <Paper p="lg" maw={760}>
          <SeverityStep
            companyId={companyId}
            integration={integration}
            onBack={() => go('credentials')}
            onSaved={() => go('configuration')}
          />
        </Paper>
      )}
      {step === 'configuration' && integration && (
        <ConfigurationStep companyId={companyId} integration={integration} search={search} />
      )}
    </>
  )
}
