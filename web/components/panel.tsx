import {
  Alert,
  Button,
  Card,
  Code,
  Group,
  ScrollArea,
  Skeleton,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import type {
  QueryObserverLoadingErrorResult,
  QueryObserverRefetchErrorResult,
  UseQueryResult,
} from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { text } from '../text/en.ts'
import { describeError } from '../text/error.ts'

interface PanelContentProps<Data> {
  readonly query: UseQueryResult<Data>
  /** It says how things are at this moment: older data are not shown once it cannot be asked. */
  readonly isOfNow?: boolean
  readonly children: (data: Data) => ReactNode
}

/** A titled part of a page that shows loaded data: a skeleton first, what went wrong, or the data. */
export function Panel<Data>({
  title,
  ...content
}: PanelContentProps<Data> & { readonly title: string }) {
  return (
    <Card withBorder radius="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {title}
        </Title>
        <PanelContent {...content} />
      </Stack>
    </Card>
  )
}

function PanelContent<Data>({ query, isOfNow = false, children }: PanelContentProps<Data>) {
  if (query.isPending) {
    return (
      <Stack gap="xs" aria-busy>
        <Skeleton height={18} />
        <Skeleton height={18} width="70%" />
      </Stack>
    )
  }
  return (
    <>
      {query.isError ? <LoadError query={query} /> : null}
      {query.data === undefined || (query.isError && isOfNow) ? null : children(query.data)}
    </>
  )
}

/** What went wrong; above the older data where there is some. */
function LoadError({
  query,
}: {
  readonly query: QueryObserverLoadingErrorResult | QueryObserverRefetchErrorResult
}) {
  return (
    <Alert
      color="red"
      title={query.data === undefined ? text.failed : text.failedAgain}
      role="alert"
    >
      <Group justify="space-between">
        <Text size="sm">{describeError(query.error)}</Text>
        <Button size="xs" variant="default" onClick={() => void query.refetch()}>
          {text.retry}
        </Button>
      </Group>
    </Alert>
  )
}

/** Says that there is nothing yet, and how there will be something. */
export function EmptyState(props: {
  readonly title: string
  readonly hint: string
  readonly command: string
}) {
  return (
    <Stack gap="xs">
      <Text fw={600}>{props.title}</Text>
      <Text size="sm">{props.hint}</Text>
      <ScrollArea type="auto">
        <Code block tabIndex={0}>
          {props.command}
        </Code>
      </ScrollArea>
    </Stack>
  )
}
