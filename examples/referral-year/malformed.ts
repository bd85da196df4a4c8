/**
 * What broken senders post: refused with 400 where it is no acceptable JSON, with 422 where it is
 * not an event. Several would earn `mallory` a reward if the service took them for what they resemble.
 */
export function malformedLines(): string[] {
  return [...notEvents(), ...notJson()]
}

const earning = {
  referrer_id: 'mallory',
  referrer: { is_paid_user: true },
  referred: { subscription_status: 'active' },
  purchase: { is_first: true, amount_cents: 250_000, currency: 'USD' },
}

function event(number: number, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    id: `evt-x${String(number).padStart(4, '0')}`,
    type: 'purchase.completed',
    source: 'shop',
    user_id: 'mallory',
    occurred_at: '2026-04-01T10:00:00.000Z',
    data: earning,
    ...changes,
  }
}

/** JSON, and not an event. A member that is undefined is left out. */
function notEvents(): string[] {
  return [
    event(1, { type: undefined }),
    event(2, { id: undefined }),
    event(3, { data: undefined }),
    event(4, { type: 17 }),
    event(5, { type: '' }),
    event(6, { id: '' }),
    event(7, { id: 1_000_007 }),
    event(8, { id: 'x'.repeat(256) }),
    event(9, { user_id: 42 }),
    event(10, { user_id: '' }),
    event(11, { user_id: null }),
    event(12, { occurred_at: '2026-02-30T10:00:00Z' }),
    event(13, { occurred_at: '14/02/2026' }),
    event(14, { occurred_at: 1_775_037_600 }),
    event(15, { occurred_at: '2026-04-01' }),
    event(16, { data: null }),
    event(17, { data: 'purchase of 2500.00' }),
    event(18, { data: [earning] }),
    event(19, { source: 7 }),
    event(20, { source: 's'.repeat(101) }),
    event(21, { amount_cents: '250000' }),
    event(22, { customerEmail: 'mallory@example.com' }),
    event(23, { Type: 'purchase.completed' }),
    {},
    [event(24)],
    'evt-x0025',
    null,
  ].map((value) => JSON.stringify(value))
}

/** Not JSON, or JSON with what cannot be kept: NUL, half a character, `__proto__`, endless nesting. */
function notJson(): string[] {
  const text = (number: number) => JSON.stringify(event(number))
  return [
    text(30).slice(0, 120),
    text(31).replaceAll('"', "'"),
    `${text(32)},`,
    `${text(33)} ${text(33)}`,
    text(34).replace('250000', 'NaN'),
    text(35).replace('mallory', 'mal\\u0000lory'),
    text(36).replace('mallory', 'mal\\ud83clory'),
    text(37).replace('"referrer_id"', '"__proto__"'),
    text(38).replace('250000', `${'['.repeat(40)}${']'.repeat(40)}`),
    'purchase.completed;evt-x0039;mallory;2500.00',
    '<event id="evt-x0040" type="purchase.completed"/>',
  ]
}
