/** Bounds on a rule, so that judging an event is bounded work whatever people write. */
export const groupDepthMax = 32
export const conditionsMax = 500
export const listItemsMax = 10_000
export const actionsMax = 50
export const triggersMax = 100
export const pathCharactersMax = 200
export const pathSegmentsMax = 16
export const textCharactersMax = 1_000

/** Faults that are listed of one rule; a rule with more is not understood any better by listing them. */
export const faultsMax = 100

/** Bounds on what a trace repeats of an event, so that a decision stays small whatever is sent. */
export const tracedListItemsMax = 100
export const tracedTextCodeUnitsMax = 1_000

/** Values of an `in` that the index looks up; a rule with more is asked about every event of its type. */
export const indexedListItemsMax = 100
