import axe, { type AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApi } from './harness/api.ts'
import { launchBrowser } from './harness/browser.ts'
import { type RunningService, startService } from './harness/service.ts'

let service: RunningService
let browser: Browser
let page: Page
let complaints: string[]

beforeAll(async () => {
  ;[service, browser] = await Promise.all([startService(), launchBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await service?.stop()
})

beforeEach(async () => {
  complaints = []
  page = await browser.newPage()
  // Errors of scripts and violations of the content security policy both come to the console.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
})
afterEach(async () => {
  await page.close()
  expect(complaints).toEqual([])
})

async function signIn(apiKey: string): Promise<void> {
  await page.goto(service.baseUrl)
  await page.getByLabel('API key').fill(apiKey)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** The browser itself reports every request that fails; a test that makes them fail lets these pass. */
function forgiveFailedRequests(reason: string): void {
  expect(complaints).not.toEqual([])
  complaints = complaints.filter(
    (text) => !(text.startsWith('Failed to load resource') && text.includes(reason)),
  )
}

/** The name of what has the focus; nothing where that is the page itself. */
function focused(): Promise<string> {
  return page.evaluate<string>(
    `(({ ariaLabel, textContent }) => ariaLabel || textContent)(document.activeElement)`,
  )
}

async function violations(): Promise<string[]> {
  // Through the debugger, which the policy of the page does not bind.
  await page.evaluate(axe.source)
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
}

describe('the overview', () => {
  it('shows service, proof, totals, entries and rules as they are in the service', async () => {
    const api = createApi(service)
    await signIn(service.apiKey)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.getByText('Ready', { exact: true }).waitFor()
    await page.getByText('Balanced').waitFor()
    await page.getByText('No rules yet').waitFor()
    await page.getByText('curl', { exact: false }).first().waitFor()
    expect(await violations()).toEqual([])

    await api.post('/api/v1/ledger/credit', { user_id: 'browser-user', amount_cents: 123_456 })
    await api.post('/api/v1/rules/seed-examples', {})
    await page.reload()
    await signIn(service.apiKey)
    const entries = page.getByRole('table', { name: 'Newest entries' })
    await entries.getByRole('cell', { name: 'browser-user' }).waitFor()
    await entries.getByRole('cell', { name: '1,234.56' }).first().waitFor()
    const rules = page.getByRole('table', { name: 'Rules in force' })
    await rules.getByRole('cell', { name: 'Paid User Referral Bonus' }).waitFor()
    const totals = page.getByRole('table', { name: 'Totals by currency' })
    await totals.getByRole('cell', { name: 'USD' }).waitFor()
  })

  it('asks for the key again after a reload: it is stored nowhere', async () => {
    await signIn(service.apiKey)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    const stored = await page.evaluate<string>(
      'JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie',
    )
    expect(stored).not.toContain(service.apiKey)
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in with an API key' }).waitFor()
  })

  it('shows the next viewer nothing that was loaded for the one before', async () => {
    const api = createApi(service)
    await api.post('/api/v1/ledger/credit', { user_id: 'seen-before', amount_cents: 100 })
    await signIn(service.apiKey)
    const entry = page.getByRole('cell', { name: 'seen-before' })
    await entry.waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    // The answer that the second viewer waits for never comes.
    await page.route(/\/ledger\/entries\?limit=10/, () => {})
    await page.getByLabel('API key').fill(service.apiKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Balanced').waitFor()
    expect(await entry.count()).toBe(0)
  })

  it('asks for another key once the one in use is revoked', async () => {
    const api = createApi(service)
    const { body } = await api.post('/api/v1/keys', {
      name: 'soon revoked',
      scopes: ['ledger:read', 'rules:read'],
    })
    await signIn(body.secret)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await api.delete(`/api/v1/keys/${body.data.id}`)
    await page.getByRole('alert').getByText('was revoked').waitFor()
    forgiveFailedRequests('401')
  })

  it('says what to do when the service cannot be reached, and goes on once it can', async () => {
    await signIn(service.apiKey)
    await page.getByText('Balanced').waitFor()
    await page.route(/\/readyz/, (route) => route.abort())
    const panel = page.getByRole('region', { name: 'Service' })
    await panel.getByRole('alert').getByText('cannot be reached').waitFor()
    expect(await violations()).toEqual([])
    expect(await panel.getByText('Ready', { exact: true }).count()).toBe(0)
    await page.unroute(/\/readyz/)
    await panel.getByRole('button', { name: 'Try again' }).click()
    await panel.getByText('Ready', { exact: true }).waitFor()
    await panel.getByRole('alert').waitFor({ state: 'detached' })
    forgiveFailedRequests('net::ERR_FAILED')
  })

  it('works by keyboard alone, every control of it', async () => {
    await page.goto(service.baseUrl)
    await page.getByLabel('API key').focus()
    await page.keyboard.type(service.apiKey)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.getByText('Balanced').waitFor()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the content')
    const controls = await page.evaluate<number>(
      `[...document.querySelectorAll('a, button, input, [tabindex="0"]')].filter((e) => e.checkVisibility()).length`,
    )
    const reached = [await focused()]
    for (let presses = 1; presses < controls; presses++) {
      await page.keyboard.press('Tab')
      reached.push(await focused())
    }
    expect(new Set(reached).size).toBe(controls)
    expect(reached).toEqual(
      expect.arrayContaining(['API reference', 'Switch between light and dark', 'Sign out']),
    )
  })

  it('changes between light and dark by its button', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await signIn(service.apiKey)
    const background = () =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const button = page.getByRole('button', { name: 'Switch between light and dark' })
    await button.waitFor()
    const dark = await background()
    await button.press('Enter')
    await expect.poll(background).not.toBe(dark)
    await button.press('Enter')
    await expect.poll(background).toBe(dark)
  })

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'has no violation of accessibility, %s, %i pixels wide, signed out and in',
    async (scheme, width) => {
      await createApi(service).post('/api/v1/ledger/credit', { user_id: 'zoe', amount_cents: 100 })
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme: scheme })
      await page.goto(service.baseUrl)
      await page.getByRole('heading', { name: 'Sign in with an API key' }).waitFor()
      expect(await violations()).toEqual([])
      await signIn(service.apiKey)
      await page.getByRole('table', { name: 'Newest entries' }).waitFor()
      await page.getByText('Balanced').waitFor()
      expect(await violations()).toEqual([])
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect(overflow).toBeLessThanOrEqual(0)
    },
  )
})

describe('a key that is refused', () => {
  it('is said to be, and the page stays', async () => {
    await signIn('not-a-key-that-anybody-has')
    await page.getByRole('alert').getByText('This key is not known').waitFor()
    expect(await violations()).toEqual([])
    forgiveFailedRequests('401')
  })
})

describe('the API reference', () => {
  it('is drawn by Swagger UI, and by ReDoc, from files of the service alone', async () => {
    const elsewhere: string[] = []
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url())
      if (protocol.startsWith('http') && origin !== service.baseUrl) elsewhere.push(request.url())
    })
    await page.goto(`${service.baseUrl}/docs`)
    await page.getByText('/api/v1/ledger/credit', { exact: false }).first().waitFor()
    await page.goto(`${service.baseUrl}/redoc`)
    await page.getByRole('heading', { name: 'Credit a user' }).first().waitFor()
    expect(elsewhere).toEqual([])
  })

  it('explains every problem code where the problem documents point', async () => {
    await page.goto(`${service.baseUrl}/docs/problems#insufficient_balance`)
    await page.getByRole('cell', { name: 'insufficient_balance' }).waitFor()
  })
})
