import { Button, Checkbox, Divider, Group, Select, Skeleton, Stack, Textarea, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toAppError } from '@/shared/error'
import { FactList } from '@/shared/Facts'
import { toastDone } from '@/shared/query'
import { SeverityBadge } from '@/shared/Severity'
import { ErrorState } from '@/shared/States'
import { fromAnalyzer } from '@/shared/severity'
import { sentence } from '@/shared/words'
import { ANALYSIS_STATES, type Analysis, JUSTIFICATIONS, RESPONSES } from '../api'
import { rest } from '../rest'
import { ExploitedBadge, epssWords, NameLinks } from '../vulnerability/NameLink'
import { AuditTrail } from './AuditTrail'
import { epssOf, type FlawFinding, isExploited } from './group'
import { WhyPanel } from './WhyPanel'
import { analysisWord } from './words'

const options = (words: readonly string[]) => words.map((value) => ({ value, label: analysisWord(value) }))

interface Props {
  projectUuid: string
  flaw: FlawFinding
}

/** A finding, why it is one, what was decided about it, and by whom. */
export function AnalysisEditor({ projectUuid, flaw }: Props) {
  const { lead, findings } = flaw
  // What is decided is written under every name of the flaw; it may have come under one only.
  const decided = findings.find(({ analysis }) => analysis.state && analysis.state !== 'NOT_SET') ?? lead
  const ids = {
    project: projectUuid,
    component: lead.component.uuid,
    vulnerability: decided.vulnerability.uuid,
  }
  const analysis = useQuery({
    queryKey: ['analysis', ids],
    queryFn: () =>
      rest<Analysis>('GET', '/analysis', { query: ids }).catch((thrown: unknown) => {
        // "No analysis exists": nothing was decided yet.
        if (toAppError(thrown).code === 'NOT_FOUND') return null
        throw thrown
      }),
  })
  const { component } = lead
  // The first name may be of a record that says little.
  const vulnerability =
    findings.find((one) => one.vulnerability.description)?.vulnerability ?? lead.vulnerability
  const worst = flaw.worst.vulnerability
  const score = worst.cvssV4Score ?? worst.cvssV3BaseScore ?? worst.cvssV2BaseScore
  const epss = epssOf(flaw)
  return (
    <Stack gap="lg">
      <div>
        <Title order={2} mb="xs">
          {flaw.name.id}
          {vulnerability.title ? `: ${vulnerability.title}` : ''}
        </Title>
        <Group gap="sm">
          <SeverityBadge severity={fromAnalyzer(worst.severity)} label={sentence(worst.severity)} />
          {isExploited(flaw) && <ExploitedBadge />}
        </Group>
      </div>
      <FactList
        facts={{
          Component: `${component.name} ${component.version ?? ''}`,
          'Package URL': component.purl,
          Vulnerability: <NameLinks names={[flaw.name, ...flaw.otherNames]} />,
          CVSS: [score?.toFixed(1), worst.cvssV4Vector ?? worst.cvssV3Vector].filter(Boolean).join(' '),
          ...(epss !== undefined && { EPSS: `${epssWords(epss)} likely to be exploited within 30 days` }),
          Weakness: vulnerability.cwes?.map((cwe) => `CWE-${cwe.cweId}`).join(', '),
          Description: vulnerability.description,
        }}
      />
      <WhyPanel finding={lead} />
      <Divider />
      {analysis.error && analysis.data === undefined ? (
        <ErrorState error={analysis.error} onRetry={analysis.refetch} />
      ) : analysis.data === undefined ? (
        <Skeleton height={260} role="status" aria-label="Loading" />
      ) : (
        <>
          <AnalysisForm
            key={analysis.dataUpdatedAt}
            ids={ids}
            vulnerabilities={findings.map((one) => one.vulnerability.uuid)}
            analysis={analysis.data}
          />
          <AuditTrail
            comments={analysis.data?.analysisComments ?? []}
            empty="Nobody has looked at this finding yet."
          />
        </>
      )}
    </Stack>
  )
}

function AnalysisForm({
  ids,
  vulnerabilities,
  analysis,
}: {
  ids: { project: string; component: string; vulnerability: string }
  /** All records of the flaw: what is decided holds for each. */
  vulnerabilities: string[]
  analysis: Analysis | null
}) {
  const cache = useQueryClient()
  const form = useForm({
    initialValues: {
      analysisState: analysis?.analysisState ?? 'NOT_SET',
      analysisJustification: analysis?.analysisJustification ?? 'NOT_SET',
      analysisResponse: analysis?.analysisResponse ?? 'NOT_SET',
      analysisDetails: analysis?.analysisDetails ?? '',
      comment: '',
      isSuppressed: analysis?.isSuppressed ?? false,
    },
  })
  const save = useMutation({
    // The server resets what a request does not name: everything is sent, every time.
    mutationFn: async (values: typeof form.values) => {
      for (const vulnerability of vulnerabilities)
        await rest<Analysis>('PUT', '/analysis', {
          body: { ...ids, vulnerability, ...values, comment: values.comment.trim() || undefined },
        })
    },
    onSuccess: async () => {
      toastDone('Analysis saved')
      await Promise.all([
        cache.invalidateQueries({ queryKey: ['analysis'] }),
        cache.invalidateQueries({ queryKey: ['findings'] }),
        cache.invalidateQueries({ queryKey: ['project'] }),
      ])
    },
  })
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <Title order={3}>Analysis</Title>
        <Select
          label="State"
          data={options(ANALYSIS_STATES)}
          allowDeselect={false}
          {...form.getInputProps('analysisState')}
        />
        <Group grow align="flex-start">
          <Select
            label="Justification"
            data={options(JUSTIFICATIONS)}
            allowDeselect={false}
            disabled={form.values.analysisState !== 'NOT_AFFECTED'}
            {...form.getInputProps('analysisJustification')}
          />
          <Select
            label="Response"
            data={options(RESPONSES)}
            allowDeselect={false}
            {...form.getInputProps('analysisResponse')}
          />
        </Group>
        <Textarea label="Details" autosize minRows={2} {...form.getInputProps('analysisDetails')} />
        <Textarea label="Comment" autosize minRows={2} {...form.getInputProps('comment')} />
        <Checkbox label="Suppressed" {...form.getInputProps('isSuppressed', { type: 'checkbox' })} />
        {save.error && <ErrorState error={save.error} title="The analysis was not saved" />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            Save analysis
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
