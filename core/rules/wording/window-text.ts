import type { Duration, Window } from '../language/window.ts'

/** `30 days`, `1 month and 12 hours` */
export function durationText({ months, days, hours }: Duration): string {
  const parts = [
    [Math.floor(months / 12), 'year'],
    [months % 12, 'month'],
    [days, 'day'],
    [hours, 'hour'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
    .join(' and ')
}

/** The window of a limit: ` in 30 days`, ` in a month`; nothing where it is for ever. */
export function perWindowText(window: Window): string {
  switch (window.kind) {
    case 'lifetime':
      return ''
    case 'calendar':
      return ` in a calendar ${window.unit}`
    case 'rolling':
      return ` in ${durationText(window.duration)}`
  }
}
