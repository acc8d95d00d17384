import {
  Button,
  Checkbox,
  Divider,
  Group,
  Input,
  SegmentedControl,
  Skeleton,
  Stack,
  Textarea,
  Title,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { AppLink } from '@/shared/AppLink'
import { FactList } from '@/shared/Facts'
import { toastDone } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { ErrorState } from '@/shared/States'
import { AuditTrail } from '../finding/AuditTrail'
import { TYPE_LABEL } from '../policy/policy'
import { StateBadge } from '../policy/StateBadge'
import { conditionWords, type Names } from '../policy/value'
import { projectName } from '../project/ProjectSelect'
import { rest } from '../rest'
import { DECISION_LABEL, DECISIONS, type Violation, type ViolationAnalysis } from './violation'

/** A violation, what was decided about it, and by whom. */
export function ViolationEditor({ violation, names }: { violation: Violation; names: Names }) {
  const { component, project, policyCondition } = violation
  const ids = { component: component.uuid, policyViolation: violation.uuid }
  const analysis = useQuery({
    queryKey: ['violation-analysis', ids],
    // Nothing is answered until somebody decides.
    queryFn: async () =>
      (await rest<ViolationAnalysis | undefined>('GET', '/violation/analysis', { query: ids })) ?? null,
  })
  return (
    <Stack gap="lg">
      <div>
        <Title order={2} mb="xs">
          {policyCondition.policy.name}
        </Title>
        <StateBadge state={policyCondition.policy.violationState} />
      </div>
      <FactList
        facts={{
          Because: conditionWords(policyCondition, names),
          Risk: TYPE_LABEL[violation.type] ?? violation.type,
          Component: [component.group, component.name, component.version].filter(Boolean).join(' '),
          'Package URL': component.purl,
          Licence: component.resolvedLicense?.licenseId ?? component.licenseExpression ?? component.license,
          Project: (
            <AppLink to="/analyzer/projects/$projectUuid" params={{ projectUuid: project.uuid }}>
              {projectName(project)}
            </AppLink>
          ),
          Policy: (
            <AppLink to="/analyzer/policies/$policyUuid" params={{ policyUuid: policyCondition.policy.uuid }}>
              {policyCondition.policy.name}
            </AppLink>
          ),
          Found: <RelativeTime at={violation.timestamp} absent="–" />,
        }}
      />
      <Divider />
      {analysis.error && analysis.data === undefined ? (
        <ErrorState error={analysis.error} onRetry={analysis.refetch} />
      ) : analysis.data === undefined ? (
        <Skeleton height={220} role="status" aria-label="Loading" />
      ) : (
        <>
          <Form key={analysis.dataUpdatedAt} ids={ids} analysis={analysis.data} />
          <AuditTrail
            comments={analysis.data?.analysisComments ?? []}
            empty="Nobody has decided about this violation yet."
          />
        </>
      )}
    </Stack>
  )
}

interface FormProps {
  ids: { component: string; policyViolation: string }
  analysis: ViolationAnalysis | null
}

function Form({ ids, analysis }: FormProps) {
  const cache = useQueryClient()
  const form = useForm({
    initialValues: {
      analysisState: analysis?.analysisState ?? 'NOT_SET',
      comment: '',
      isSuppressed: analysis?.isSuppressed ?? false,
    },
  })
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      rest<ViolationAnalysis>('PUT', '/violation/analysis', {
        body: { ...ids, ...values, comment: values.comment.trim() || undefined },
      }),
    onSuccess: async () => {
      toastDone('Decision saved')
      await Promise.all(
        ['violation-analysis', 'violations', 'project'].map((key) =>
          cache.invalidateQueries({ queryKey: [key] }),
        ),
      )
    },
  })
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <Input.Wrapper label="Decision" labelElement="div">
          <div>
            <SegmentedControl
              aria-label="Decision"
              data={DECISIONS.map((value) => ({ value, label: DECISION_LABEL[value] }))}
              {...form.getInputProps('analysisState')}
            />
          </div>
        </Input.Wrapper>
        <Textarea label="Comment" autosize minRows={2} {...form.getInputProps('comment')} />
        <Checkbox
          label="Suppressed"
          description="It is not counted and not listed any more"
          {...form.getInputProps('isSuppressed', { type: 'checkbox' })}
        />
        {save.error && <ErrorState error={save.error} title="The decision was not saved" />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            Save decision
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
