/** An ISO 8601 duration, as far as the language takes it: whole numbers, hours the smallest unit. */
export interface Duration {
  /** As it was written, such as `P30D`. */
  readonly text: string
  readonly months: number
  readonly days: number
  readonly hours: number
}

export const calendarUnits = ['day', 'week', 'month', 'quarter', 'year'] as const
export type CalendarUnit = (typeof calendarUnits)[number]

/**
 * The time that a fact over history or a limit looks back on, ending with the event. A rolling window
 * of days is the day of the event and those before it, in the time zone of the program; one with hours
 * is counted in whole hours.
 */
export type Window =
  | { readonly kind: 'lifetime' }
  | { readonly kind: 'rolling'; readonly duration: Duration }
  | { readonly kind: 'calendar'; readonly unit: CalendarUnit }
