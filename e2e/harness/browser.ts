import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const installed = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts a real Chromium: that of CHROMIUM_PATH, an installed one, or the one of an npm package.
 * Fails with the way to get one where there is none.
 */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), args, headless: true })
}

async function findChromium(): Promise<string> {
  const given = process.env['CHROMIUM_PATH']
  if (given) {
    if (await isThere(given)) return given
    throw new Error(`CHROMIUM_PATH names ${given}, which is not there`)
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  for (const path of [...onPath, ...installed]) if (await isThere(path)) return path
  return packagedChromium()
}

/** The one of the npm package, unpacked into the temporary folder; there is one for Linux on x64. */
async function packagedChromium(): Promise<string> {
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`the package has none for ${process.platform} on ${process.arch}`)
    const { default: packaged } = await import('@sparticuz/chromium')
    return await packaged.executablePath()
  } catch (cause) {
    throw new Error(
      'no Chromium was found: install one (Debian: apt-get install chromium), or set CHROMIUM_PATH to its program',
      { cause },
    )
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
