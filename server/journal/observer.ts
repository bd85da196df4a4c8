/** Who is told what the journal does; nothing that it is told may fail or wait. */
export interface JournalObserver {
  /** A batch has come to its outcome. */
  batchDone(batch: { readonly commands: number; readonly durationMs: number }): void
  /** Another writer was first, and the batch runs again. */
  clashed(): void
  /** The database was not there or was lost, and the batch runs again. */
  lostDatabase(): void
}

export const nobodyObserves: JournalObserver = {
  batchDone() {},
  clashed() {},
  lostDatabase() {},
}
