/** When a rule holds. All that is given must be so at the time of the event. */
export interface Schedule {
  /** From this instant on, milliseconds since 1970 UTC; null for no beginning. */
  readonly startsAtMs: number | null
  /** Up to this instant and not with it; null for no end. */
  readonly endsAtMs: number | null
  /** IANA name; weekdays and hours are those of its clocks, daylight saving included. */
  readonly timezone: string
  /** 1 for Monday to 7 for Sunday (ISO 8601); null for every day. */
  readonly weekdays: readonly number[] | null
  /** From a minute of the day on and up to another; past midnight where it ends before it begins. */
  readonly hours: readonly { readonly fromMinute: number; readonly toMinute: number }[] | null
}
