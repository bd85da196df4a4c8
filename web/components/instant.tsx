import { Text } from '@mantine/core'
import { formatDay, formatTimeOfDay } from '../text/format.ts'

/**
 * A time in the viewer's locale, on a narrow window in two lines; the exact one stays in the page for
 * machines.
 */
export function Instant({ at }: { readonly at: string }) {
  return (
    <time dateTime={at}>
      <Text span inherit style={{ whiteSpace: 'nowrap' }}>
        {formatDay(at)}
      </Text>{' '}
      <Text span inherit style={{ whiteSpace: 'nowrap' }}>
        {formatTimeOfDay(at)}
      </Text>
    </time>
  )
}
