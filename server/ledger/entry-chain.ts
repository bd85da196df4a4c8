// An entry `e` with its row `f` of the flows and the entry `p` before it in its account, if there is
// one: what each part of the balance should be after it.
const after = (balance: string, part: string) =>
  `coalesce(p.${balance}, 0) + e.amount_cents * f.${part}`
const available = after('balance_after_cents', 'available')
const pending = after('pending_after_cents', 'pending')
const debt = after('debt_after_cents', 'debt')

/** True of an entry that does not follow from the one before it: sequence, balances, time. */
export const isChainBroken = `((p.id is null and e.user_sequence <> 1)
  or e.balance_after_cents is distinct from ${available}
  or e.pending_after_cents is distinct from ${pending}
  or e.debt_after_cents is distinct from ${debt}
  or e.recorded_at < p.recorded_at)`

/** What is wrong with it, in words. */
export const chainFault = `(case
  when p.id is null and e.user_sequence <> 1
    then format('%s: sequence %s is there without the one before it', e.currency, e.user_sequence)
  when e.recorded_at < p.recorded_at
    then format('%s: sequence %s was recorded before the one before it', e.currency, e.user_sequence)
  else format('%s: after sequence %s balance %s, pending %s and debt %s were recorded, the one before gives %s, %s and %s',
    e.currency, e.user_sequence, e.balance_after_cents, e.pending_after_cents, e.debt_after_cents,
    ${available}, ${pending}, ${debt})
  end)`
