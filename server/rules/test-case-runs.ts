/** A stored test case that does not come out as it should. */
export interface RedTestCase {
  readonly id: string
  readonly name: string
  /** What came out in its place, in a sentence. */
  readonly detail: string
}
