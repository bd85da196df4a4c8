/** The requests of the load; each call gives the next one. */

const usersCount = 20_000
export const operationsPerBatch = 1_000

let userCounter = 0
let operationCounter = 0

/** Goes through all users in an order that does not follow the indexes. */
function nextUser(): string {
  userCounter = (userCounter + 7_919) % usersCount
  return `user-${userCounter}`
}

let contendedCounter = 0

/** Half of the calls go to three hot users, the others through a thousand. */
function nextContendedUser(): string {
  contendedCounter += 1
  return contendedCounter % 2 === 0
    ? `hot-${(contendedCounter / 2) % 3}`
    : `cold-${(contendedCounter * 7_919) % 1_000}`
}

function creditBody(userId = nextUser()) {
  return {
    user_id: userId,
    amount_cents: 100,
    reward_id: 'bonus',
    metadata: { campaign: 'spring' },
  }
}

export function credit() {
  return { path: '/api/v1/ledger/credit', body: creditBody() }
}

/** What several processes meet on. */
export function contendedCredit() {
  return { path: '/api/v1/ledger/credit', body: creditBody(nextContendedUser()) }
}

export function noOpCredit() {
  return { path: '/bench/no-op/credit', body: creditBody() }
}

export function baselineCredit() {
  return { path: '/bench/baseline/credit', body: creditBody() }
}

export function balance() {
  return { path: `/api/v1/ledger/balance/${nextUser()}` }
}

export function noOpBalance() {
  return { path: `/bench/no-op/balance/${nextUser()}` }
}

export function batch() {
  const operations = Array.from({ length: operationsPerBatch }, () => {
    operationCounter += 1
    return {
      operation: 'credit',
      idempotency_key: `bench-${process.pid}-${operationCounter}`,
      ...creditBody(),
    }
  })
  return { path: '/api/v1/ledger/batch', body: { operations } }
}

let eventCounter = 0

/** An event that ten rules are asked about. */
export function event(type: string) {
  eventCounter += 1
  const data = {
    tier: eventCounter % 10,
    purchase: { amount_cents: 5_000 },
    referrer: { is_paid_user: true },
  }
  const id = `${type}-${eventCounter}`
  return { path: '/api/v1/events', body: { id, type, user_id: nextUser(), data } }
}
