/**
 * SQL: the two sides of an entry `e` as rows `a`: account, debits and credits, the accounts of all users
 * taken together by kind. For the sums of closed periods, and for the proof that they stand.
 */
export const accountMovements = `cross join lateral (values
  (regexp_replace(e.debit_account, '^user:.*:', 'user:*:'), e.amount_cents, 0),
  (regexp_replace(e.credit_account, '^user:.*:', 'user:*:'), 0, e.amount_cents)
) as a (account, debits, credits)`
