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

  it('works by keyboard alone', async () => {
    await page.goto(service.baseUrl)
    await page.getByLabel('API key').focus()
    await page.keyboard.type(service.apiKey)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    const reached = new Set<string>()
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press('Tab')
      reached.add(await page.evaluate<string>(`document.activeElement?.textContent ?? ''`))
    }
    expect([...reached].join(' ')).toContain('API reference')
    expect([...reached].join(' ')).toContain('Sign out')
  })

  it.each(['light', 'dark'] as const)(
    'has no violation of accessibility, %s, signed out and in',
    async (scheme) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.goto(service.baseUrl)
      await page.getByRole('heading', { name: 'Sign in with an API key' }).waitFor()
      expect(await violations()).toEqual([])
      await signIn(service.apiKey)
      await page.getByRole('table', { name: 'Newest entries' }).waitFor()
      await page.getByText('Balanced').waitFor()
      expect(await violations()).toEqual([])
    },
  )
})

describe('a key that is refused', () => {
  it('is said to be, and the page stays', async () => {
    await signIn('not-a-key-that-anybody-has')
    await page.getByRole('alert').getByText('This key is not known').waitFor()
    // The browser itself reports the 401.
    expect(complaints.every((text) => text.includes('401'))).toBe(true)
    complaints = []
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
