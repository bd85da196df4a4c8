import { isCurrency } from '@pineos/contract/currency.ts'
import { amountCentsMax } from '@pineos/contract/primitives.ts'
import { parsePath } from './facts.ts'
import { type Faults, suggestion } from './fault.ts'
import { actionsMax } from './limits.ts'
import type { PayAction } from './rule.ts'
import { isTextWithin } from './text.ts'

interface ParseContext {
  readonly faults: Faults
  readonly defaultCurrency: string
}

const actionMembers = ['type', 'user', 'amount_cents', 'currency', 'reward_id'] as const
const actionKinds = ['credit', 'debit'] as const
const rewardIdCharactersMax = 255

/** What a rule does when it is met; the faults that were found are in the context. */
export function parseActions(value: unknown, context: ParseContext): readonly PayAction[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > actionsMax) {
    const code = value === undefined ? 'required' : 'type'
    context.faults.add('/actions', code, `Give a list of 1 to ${actionsMax} actions.`)
    return []
  }
  return value.flatMap(
    (item: unknown, index) => parseAction(item, `/actions/${index}`, context) ?? [],
  )
}

function parseAction(
  value: unknown,
  pointer: string,
  context: ParseContext,
): PayAction | undefined {
  const { faults } = context
  if (!faults.checkObject(value, pointer, actionMembers)) return undefined
  const before = faults.list.length
  const kind = parseKind(value['type'], `${pointer}/type`, faults)
  const user = value['user']
  const beneficiary =
    typeof user === 'string'
      ? parsePath(user)
      : 'Give the field of the event that names the user, such as "referrer_id".'
  if (typeof beneficiary === 'string') {
    faults.add(`${pointer}/user`, user === undefined ? 'required' : 'path', beneficiary)
  }
  const amountCents = parseAmount(value['amount_cents'], `${pointer}/amount_cents`, faults)
  const currency = value['currency'] ?? context.defaultCurrency
  if (typeof currency !== 'string' || !isCurrency(currency)) {
    faults.add(
      `${pointer}/currency`,
      'enum',
      'Give the ISO 4217 code of a currency, such as "USD".',
    )
  }
  const rewardId = value['reward_id'] ?? null
  if (rewardId !== null && !isTextWithin(rewardId, rewardIdCharactersMax)) {
    faults.add(
      `${pointer}/reward_id`,
      'type',
      `Give a text of 1 to ${rewardIdCharactersMax} characters.`,
    )
  }
  if (faults.list.length > before || typeof beneficiary === 'string') return undefined
  return {
    kind,
    beneficiary,
    id: pointer,
    amount: { kind: 'fixed', cents: amountCents },
    currency: currency as string,
    rewardId: rewardId as string | null,
    hold: null,
    expiresAfter: null,
  }
}

function parseKind(value: unknown, pointer: string, faults: Faults): PayAction['kind'] {
  const kind = actionKinds.find((candidate) => candidate === value)
  if (kind) return kind
  const hint = typeof value === 'string' ? suggestion(value, actionKinds) : ''
  faults.add(pointer, value === undefined ? 'required' : 'enum', `Give credit or debit.${hint}`)
  return 'credit'
}

function parseAmount(value: unknown, pointer: string, faults: Faults): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return BigInt(value)
  const codeOfWrong = typeof value === 'number' ? 'range' : 'type'
  faults.add(
    pointer,
    value === undefined ? 'required' : codeOfWrong,
    `Give a whole number of minor units (cents) from 1 to ${amountCentsMax}.`,
  )
  return 0n
}
