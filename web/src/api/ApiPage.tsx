import {
  Accordion,
  Alert,
  Anchor,
  Button,
  Code,
  Grid,
  Group,
  Paper,
  Stack,
  Text,
  Textarea,
  Title,
} from '@mantine/core'
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { PageHeader } from '@/shared/PageHeader'
import { SearchInput } from '@/shared/SearchInput'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { type Field, readSchema, runText, typeText } from './playground'

const EXAMPLE = `{
  viewer {
    companies {
      role
      company {
        id
        label
      }
    }
  }
}`

const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8rem' } }

/** The API to try, and what it knows. */
export function ApiPage() {
  const [query, setQuery] = useState(EXAMPLE)
  const [variables, setVariables] = useState('')
  const [answers, setAnswers] = useState<string[]>([])
  const [problem, setProblem] = useState<string | null>(null)
  const running = useRef<AbortController | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async () => {
    const stop = new AbortController()
    running.current = stop
    setBusy(true)
    setAnswers([])
    setProblem(null)
    try {
      await runText(query, variables, stop.signal, (text) => setAnswers((all) => [text, ...all].slice(0, 50)))
    } catch (error) {
      if (!stop.signal.aborted) setProblem(error instanceof Error ? error.message : String(error))
    }
    setBusy(false)
  }
  return (
    <>
      <PageHeader
        title="API"
        description={
          <>
            GraphQL at <Code>POST /graphql</Code>, with a key in the header <Code>x-api-key</Code>. Here you
            are yourself. The operations of the component analysis are a REST API, tried in the{' '}
            <Anchor href="/api/docs" target="_blank" c="var(--tt-link)" inherit underline="always">
              API explorer
            </Anchor>
            .
          </>
        }
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Paper p="md">
            <Stack gap="sm">
              <Textarea
                label="Operation"
                autosize
                minRows={10}
                maxRows={24}
                value={query}
                onChange={(event) => setQuery(event.currentTarget.value)}
                styles={MONO}
              />
              <Textarea
                label="Variables (JSON)"
                autosize
                minRows={2}
                value={variables}
                onChange={(event) => setVariables(event.currentTarget.value)}
                styles={MONO}
              />
              <Group>
                <Button
                  leftSection={<IconPlayerPlay size={16} aria-hidden />}
                  onClick={() => void run()}
                  disabled={busy}
                >
                  Run
                </Button>
                {busy && (
                  <Button
                    variant="default"
                    leftSection={<IconPlayerStop size={16} aria-hidden />}
                    onClick={() => running.current?.abort()}
                  >
                    Stop
                  </Button>
                )}
              </Group>
              {problem && (
                <Alert
                  role="alert"
                  variant="outline"
                  color="red"
                  title={problem}
                  styles={{ title: { color: 'var(--mantine-color-error)' } }}
                />
              )}
              <div role="status" aria-label="Answer">
                {answers.map((answer) => (
                  <Code block key={answer} mb="xs" tabIndex={0}>
                    {answer}
                  </Code>
                ))}
              </div>
            </Stack>
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Documentation onUse={setQuery} />
        </Grid.Col>
      </Grid>
    </>
  )
}

function Documentation({ onUse }: { onUse: (query: string) => void }) {
  const [q, setQ] = useState('')
  const schema = useQuery({ queryKey: ['schema'], queryFn: readSchema, staleTime: Number.POSITIVE_INFINITY })
  if (schema.error) return <ErrorState error={schema.error} onRetry={schema.refetch} />
  const matches = (field: Field) =>
    !q || `${field.name} ${field.description ?? ''}`.toLowerCase().includes(q.toLowerCase())
  return (
    <Paper p="md" component="section" aria-labelledby="operations">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="operations">
          Operations
        </Title>
        <SearchInput label="Search operations" hotkey={false} value={q} onChange={setQ} />
      </Group>
      {!schema.data ? (
        <TableSkeleton />
      ) : (
        schema.data.map(({ kind, fields }) => (
          <div key={kind}>
            <Text size="xs" fw={600} c="dimmed" mt="sm" mb={4}>
              {kind}
            </Text>
            <Accordion variant="contained" chevronPosition="left">
              {fields.filter(matches).map((field) => (
                <Accordion.Item key={field.name} value={field.name}>
                  <Accordion.Control>
                    <Text span size="sm" ff="monospace">
                      {field.name}
                    </Text>
                  </Accordion.Control>
                  <Accordion.Panel>
                    <Stack gap={6}>
                      {field.description && <Text size="sm">{field.description}</Text>}
                      {field.args.map((arg) => (
                        <div key={arg.name}>
                          <Text size="sm" ff="monospace">
                            {arg.name}: {typeText(arg.type)}
                          </Text>
                          {(arg.inputs ?? []).map((input) => (
                            <Text key={input.name} size="xs" ff="monospace" c="dimmed" pl="md">
                              {input.name}: {typeText(input.type)}
                            </Text>
                          ))}
                        </div>
                      ))}
                      <Text size="sm" c="dimmed">
                        Answers <Code>{typeText(field.type)}</Code>
                      </Text>
                      <Anchor
                        component="button"
                        type="button"
                        size="sm"
                        c="var(--tt-link)"
                        onClick={() => onUse(field.example)}
                      >
                        Use it
                      </Anchor>
                    </Stack>
                  </Accordion.Panel>
                </Accordion.Item>
              ))}
            </Accordion>
          </div>
        ))
      )}
    </Paper>
  )
}
