import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Answer, Api } from '../harness/api.ts'
import { type Expected, LedgerModel, type ModelRequest } from './ledger-model.ts'

/** One step of a walk. Picks are taken modulo what there is by then. */
export type Step =
  | { readonly kind: 'new'; readonly request: ModelRequest }
  | { readonly kind: 'twins'; readonly request: ModelRequest }
  | { readonly kind: 'retry'; readonly pick: number }
  | { readonly kind: 'alter'; readonly pick: number }
  | { readonly kind: 'read'; readonly currency: string }

/** A request as it goes out: the ids of its targets filled in, once and for all its retries. */
interface Wire {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

interface Sent extends Wire {
  readonly key: string
  readonly expected: Expected
}

/** Takes one user through the steps, on the service and on the model, and compares every answer. */
export class LedgerWalk {
  readonly #api: Api
  readonly #userId: string
  readonly #model = new LedgerModel()
  readonly #sent: Sent[] = []
  /** Ids that the service gave, by place in the model's entries. */
  readonly #ids: string[] = []

  constructor(api: Api, userId: string) {
    this.#api = api
    this.#userId = userId
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'new':
        return this.#sendNew(step.request, 1)
      case 'twins':
        return this.#sendNew(step.request, 3)
      case 'retry':
        return this.#retry(step.pick)
      case 'alter':
        return this.#alter(step.pick)
      case 'read':
        return this.#compareBalance(step.currency)
    }
  }

  /** At the end: every balance, and every entry in its order. */
  async compareAll(): Promise<void> {
    for (const currency of this.#model.purses.keys()) await this.#compareBalance(currency)
    const { body } = await this.#api.get(
      `/api/v1/ledger/entries?limit=1000&user_id=${encodeURIComponent(this.#userId)}`,
    )
    expect(body.total).toBe(this.#model.entries.length + this.#model.companions)
    const asked = body.entries.filter(
      ({ flow }: { flow: string }) => !/^(debt|netting)$/.test(flow),
    )
    expect(asked.map((entry: { id: string }) => entry.id).sort()).toEqual([...this.#ids].sort())
  }

  async #sendNew(request: ModelRequest, copies: number): Promise<void> {
    const resolved = this.#resolve(request)
    const wire = this.#wire(resolved)
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: copies }, () => this.#api.post(wire.path, wire.body, key)),
    )
    const expected = this.#model.answer(resolved)
    this.#sent.push({ ...wire, key, expected })
    if (expected.code !== undefined) {
      for (const answer of answers) expectRefusal(answer, expected)
      return
    }
    const firsts = answers.filter((answer) => answer.status === 201)
    expect(firsts).toHaveLength(1)
    for (const answer of answers) this.#expectEntry(answer, expected)
    this.#ids.push(firsts[0]?.body.data.id)
  }

  async #retry(pick: number): Promise<void> {
    const sent = this.#sent[pick % (this.#sent.length || 1)]
    if (!sent) return
    const answer = await this.#api.post(sent.path, sent.body, sent.key)
    expect(answer.headers.get('idempotent-replayed')).toBe('true')
    if (sent.expected.code !== undefined) return expectRefusal(answer, sent.expected)
    expect(answer.status).toBe(200)
    expect(answer.body.is_duplicate).toBe(true)
    expect(answer.body.data.id).toBe(this.#ids[sent.expected.entry ?? -1])
    this.#expectEntry(answer, sent.expected)
  }

  async #alter(pick: number): Promise<void> {
    const sent = this.#sent[pick % (this.#sent.length || 1)]
    if (!sent) return
    const altered = { ...sent.body, metadata: { altered: true } }
    const answer = await this.#api.post(sent.path, altered, sent.key)
    expect(answer.status).toBe(409)
    expect(answer.body.code).toBe('idempotency_key_reused')
    expect(answer.body.fields).toEqual(['metadata'])
  }

  async #compareBalance(currency: string): Promise<void> {
    const { body } = await this.#api.get(
      `/api/v1/ledger/balance/${encodeURIComponent(this.#userId)}?currency=${currency}`,
    )
    const purse = this.#model.purse(currency)
    expect(body).toMatchObject({
      balance_cents: purse.available,
      pending_cents: purse.pending,
      debt_cents: purse.debt,
      version: purse.entries,
    })
  }

  #expectEntry(answer: Answer, { status, code, entry, ...facts }: Expected): void {
    expect(answer.body.data).toMatchObject({ ...facts, user_id: this.#userId })
    expect(answer.body.is_duplicate).toBe(answer.status === 200)
    if (status !== 201 || code !== undefined || entry === undefined)
      throw new Error('not the facts of an entry')
  }

  /** A target is a place among the entries there are now; past them it names one that does not exist. */
  #resolve(request: ModelRequest): ModelRequest {
    if (!('target' in request)) return request
    return { ...request, target: request.target % (this.#model.entries.length + 1) }
  }

  #wire({ operation, ...fields }: ModelRequest): Wire {
    const path = `/api/v1/ledger/${operation}`
    if (!('target' in fields)) return { path, body: { ...fields, user_id: this.#userId } }
    const { target, ...rest } = fields
    const body = { ...rest, entry_id: this.#ids[target] ?? randomUUID() }
    return { path, body: operation === 'reverse' ? { ...body, reason: 'model' } : body }
  }
}

function expectRefusal(answer: Answer, expected: Expected): void {
  expect({ status: answer.status, code: answer.body.code }).toEqual({
    status: expected.status,
    code: expected.code,
  })
}
