import { Anchor, Group } from '@mantine/core'
import { text } from '../text/en.ts'

/** Where the API is described: to try it, and to read. */
export function References() {
  return (
    <Group component="nav" aria-label={text.references} gap="md">
      <Anchor href="/docs" size="sm">
        {text.apiReference}
      </Anchor>
      <Anchor href="/redoc" size="sm">
        {text.apiReferenceToRead}
      </Anchor>
    </Group>
  )
}
