/** Bounds on a rule, so that judging an event is bounded work whatever people write. */
export const groupDepthMax = 32
export const conditionsMax = 500
export const listItemsMax = 10_000
export const actionsMax = 50
export const triggersMax = 100
export const pathCharactersMax = 200
export const pathSegmentsMax = 16
export const textCharactersMax = 1_000
export const eventTypeCharactersMax = 100
export const rewardIdCharactersMax = 255
export const priorityMax = 1_000_000

/** A pattern, what it compiles to, and the text that it is looked for in: their product is the work. */
export const patternCharactersMax = 200
export const patternInstructionsMax = 250
export const matchedTextCodeUnitsMax = 500
export const patternsMax = 20

/** Durations, and the windows that are counted in hours instead of days. */
export const durationYearsMax = 10
export const windowHoursMax = 31 * 24

/** Facts over history: each is a counter that events write and read. */
export const aggregatesMax = 50
export const countedNamesMax = 100

/** Amounts of all actions of a rule together, and how they are built. */
export const amountsMax = 200
export const amountDepthMax = 4
export const comparedAmountsMin = 2
export const comparedAmountsMax = 10
export const tiersMax = 50
export const nthMin = 2
export const nthMax = 1_000_000
export const percentMax = 10_000
export const factorMax = 100

export const limitsMax = 20
export const limitCountMax = 1_000_000_000
export const hourRangesMax = 24
export const groupNameCharactersMax = 100
export const shareNameCharactersMax = 100
export const reasonCharactersMax = 200

/** Faults that are listed of one rule; a rule with more is not understood any better by listing them. */
export const faultsMax = 100

/** Bounds on what a trace repeats of an event, so that a decision stays small whatever is sent. */
export const tracedListItemsMax = 100
export const tracedTextCodeUnitsMax = 1_000

/** Values of an `in` that the index looks up; a rule with more is asked about every event of its type. */
export const indexedListItemsMax = 100
