/** Bounds on what is read of a schema or of sample events. */
export const schemaDepthMax = 8
export const schemaFactsMax = 500
export const schemaValuesMax = 100
export const schemaTextCharactersMax = 1_000
export const labelCharactersMax = 200
export const samplesMax = 1_000
export const sampledFactsMax = 500
export const sampledListItemsMax = 100
export const exampleCharactersMax = 100
