import { formatTime } from '../text/format.ts'

/** A time in one line, in the viewer's locale; the exact one stays in the page for machines. */
export function Instant({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
      {formatTime(at)}
    </time>
  )
}
