import axe, { type AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchBrowser } from './harness/browser.ts'
import { type Served, serveProved } from './harness/served.ts'

let served: Served
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]

const hostile = `<img src=x onerror="document.title='run'">"'&`
const hostileUser = `eve ${hostile}`
const story = 'ann'

serveProved((value) => {
  served = value
})
beforeAll(async () => {
  browser = await launchBrowser()
  const { ledger } = served
  const credit = await ledger.credit(story, 123_456, { reward_id: 'referral_bonus' })
  await ledger.credit(story, 300, { reward_status: 'pending' })
  await ledger.credit(story, 5, { effective_at: '2026-05-01T12:00:00.000Z' })
  await ledger.debit(story, 700)
  await ledger.reverse(credit.body.data.id, { shortfall: 'debt' })
  await ledger.credit(story, 900, { metadata: { campaign: 'spring' } })
  const { body } = await ledger.credit(hostileUser, 500, {
    reward_id: hostile,
    metadata: { note: hostile },
  })
  await ledger.reverse(body.data.id, { reason: hostile, amount_cents: 1 })
})
afterAll(async () => {
  await browser?.close()
})
beforeEach(async () => {
  complaints = []
  const authorization = `Bearer ${served.service.apiKey}`
  context = await browser.newContext({ extraHTTPHeaders: { authorization } })
  page = await context.newPage()
  // Violations of the content security policy come to the console.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
})
afterEach(async () => {
  await context.close()
  expect(complaints).toEqual([])
})

async function open(userId: string, query = ''): Promise<void> {
  const path = `/api/v1/ledger/users/${encodeURIComponent(userId)}/statement`
  await page.goto(`${served.service.baseUrl}${path}${query}`)
  await page.getByRole('heading', { name: 'Statement of' }).waitFor()
}

async function violations(): Promise<string[]> {
  // Through the debugger, which the policy of the page does not bind.
  await page.evaluate(axe.source)
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
}

const cellsOf = (name: string) => page.getByRole('table', { name }).getByRole('row').allInnerTexts()

describe('the page of a statement', () => {
  it('shows balances, entries and totals to a browser that asks for it', async () => {
    await open(story)
    const balances = (await cellsOf('Balances')).map((row) => row.trim().split(/\t/))
    expect(balances).toEqual([
      ['Available', 'Pending', 'Debt'],
      ['Opening balance', '0.00', '0.00', '0.00'],
      ['Change', '+2.05', '+3.00', '0.00'],
      ['Closing balance', '2.05', '3.00', '0.00'],
    ])
    const entries = page.getByRole('table', { name: 'Entries in USD' })
    await entries.getByText('Netting of debt').waitFor()
    await entries.getByText('counts from 2026-05-01 12:00:00').waitFor()
    await entries.getByText('{"campaign":"spring"}').first().waitFor()
    await entries.getByRole('cell', { name: '+1,234.56', exact: true }).waitFor()
    await page.getByText('All 8 entries.').waitFor()
    await page.getByRole('table', { name: 'All entries' }).waitFor()
  })

  // Ids, reasons and metadata come from outside: they are text, never a part of the page.
  it('shows what comes from outside as text', async () => {
    await open(hostileUser)
    expect(await page.title()).toBe(`Statement of ${hostileUser}`)
    expect(await page.getByText(hostile, { exact: false }).count()).toBeGreaterThanOrEqual(3)
    expect(await page.locator('img, script').count()).toBe(0)
  })

  it('may load and run nothing, and has no style but its own', async () => {
    const response = await page.goto(
      `${served.service.baseUrl}/api/v1/ledger/users/${story}/statement?format=html`,
    )
    const policy = response?.headers()['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    const ground = 'getComputedStyle(document.body).maxWidth'
    expect(await page.evaluate(ground)).not.toBe('none')
  })

  it('says where it does not have all entries', async () => {
    await open(story, '?limit=3')
    await page.getByText('3 of 8 entries are on this page').waitFor()
    await page.getByRole('table', { name: 'The entries on this page' }).waitFor()
  })

  it('says so of a user without entries', async () => {
    await open('nobody-yet')
    await page.getByText('There are no entries.').waitFor()
    expect(await violations()).toEqual([])
  })

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'has no violation of accessibility and never scrolls sideways, %s, %i pixels wide',
    async (scheme, width) => {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme: scheme })
      await open(story)
      expect(await violations()).toEqual([])
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect(overflow).toBeLessThanOrEqual(0)
      const dark = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(dark === 'rgb(255, 255, 255)').toBe(scheme === 'light')
    },
  )

  it('is black on white on paper, repeats its head on every page and cuts off nothing', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await open(story)
    const style = (selector: string, name: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${name}`)
    expect(await style('body', 'backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await style('body', 'color')).toBe('rgb(0, 0, 0)')
    expect(await style('thead', 'display')).toBe('table-header-group')
    expect(await style('.wide', 'overflowX')).toBe('visible')
  })
})
