/** Bounds on a rule, so that judging an event is bounded work whatever people write. */
export const groupDepthMax = 32
export const conditionsMax = 500
export const listItemsMax = 10_000
export const actionsMax = 50
export const triggersMax = 100
export const pathCharactersMax = 200
export const pathSegmentsMax = 16
export const textCharactersMax = 1_000
