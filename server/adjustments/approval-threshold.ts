/** Up to which amount one person may adjust alone, in minor units: of each currency, and of all others. */
export interface ApprovalThreshold {
  readonly otherwiseCents: number
  readonly centsByCurrency: Readonly<Record<string, number>>
}

/** True where a second person has to approve: above the amount, so with 0 always. */
export function needsApproval(
  threshold: ApprovalThreshold,
  { amountCents, currency }: { readonly amountCents: bigint; readonly currency: string },
): boolean {
  const limit = Object.hasOwn(threshold.centsByCurrency, currency)
    ? threshold.centsByCurrency[currency]
    : threshold.otherwiseCents
  return amountCents > BigInt(limit ?? threshold.otherwiseCents)
}
