import { Badge, Container, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { EntriesPanel } from '../components/entries-panel.tsx'
import { Panel } from '../components/panel.tsx'
import { RulesPanel } from '../components/rules-panel.tsx'
import { TotalsPanel } from '../components/totals-panel.tsx'
import { useApi } from '../session/use-api.ts'
import { text } from '../text/en.ts'
import { formatNumber } from '../text/format.ts'

const checkNames = ['database', 'migrations', 'journal', 'accepting'] as const

/** What the service and its money look like now. */
export function OverviewPage() {
  return (
    <Container size="lg" px={0}>
      <Stack>
        <Title order={1} size="h2">
          {text.overview.title}
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <ServicePanel />
          <CountPanel />
          <ProofPanel />
        </SimpleGrid>
        <TotalsPanel />
        <EntriesPanel />
        <RulesPanel />
      </Stack>
    </Container>
  )
}

function ServicePanel() {
  const readiness = useApi('readyz', {})
  return (
    <Panel title={text.overview.service} query={readiness} isOfNow>
      {({ status, checks }) => {
        if (status === 'ready')
          return <Status isGood label={text.overview.ready} hint={text.overview.readyHint} />
        const reasons = checkNames.filter((name) => !checks[name])
        return (
          <Status
            isGood={false}
            label={text.overview.notReady}
            hint={reasons.map((name) => text.overview.checks[name]).join(' ')}
          />
        )
      }}
    </Panel>
  )
}

function CountPanel() {
  const entries = useApi('listEntries', { query: { limit: 1 } })
  return (
    <Panel title={text.overview.entries} query={entries}>
      {({ total }) => (
        <Text size="xl" fw={700}>
          {formatNumber(total ?? 0)}
        </Text>
      )}
    </Panel>
  )
}

function ProofPanel() {
  const verification = useApi('verify', { query: { full: false } })
  return (
    <Panel title={text.overview.proof} query={verification} isOfNow>
      {({ ok }) => (
        <Status
          isGood={ok}
          label={ok ? text.overview.proofOk : text.overview.proofBroken}
          hint={ok ? text.overview.proofHint : text.overview.proofBrokenHint}
        />
      )}
    </Panel>
  )
}

function Status(props: {
  readonly isGood: boolean
  readonly label: string
  readonly hint: string
}) {
  return (
    <Group gap="sm">
      <Badge color={props.isGood ? 'teal.9' : 'red.9'} size="lg" variant="filled">
        {props.label}
      </Badge>
      <Text size="sm">{props.hint}</Text>
    </Group>
  )
}
