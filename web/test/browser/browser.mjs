// A headless Chromium, and what every page of the application is held to.
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const screenshots = new URL('../../test-results/screenshots/', import.meta.url).pathname
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Answers that the application expects and handles; the browser reports them all the same. */
const EXPECTED = [
  { status: 401, path: '/api/v1/user/login' }, // the password must be changed
  { status: 404, path: '/api/v1/analysis' }, // nobody has analysed this finding yet
  { status: 404, path: '/api/v1/vulnerability/source/' }, // named by a record, described by none
  { status: 412, path: '/api/v1/vulnerability/' }, // components are affected by it
  { status: 500, path: '/api/v1/notification/publisher/test/' }, // the receiver refuses it
  { status: 409, path: '/api/v1/user/ldap' }, // somebody has the name
  { status: 400, path: '/api/v1/policy/' }, // the expression is wrong
  { status: 400, path: '/api/v2/vuln-policies' }, // so it is there
  { status: 400, path: '/api/v1/notification/rule' }, // and there
  { status: 404, path: '/api/v2/vuln-policy-bundles/' }, // it was not synchronized yet
]

export async function openBrowser(url) {
  await mkdir(screenshots, { recursive: true })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1400, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const problems = []
  let isCut = false
  page.on('pageerror', (error) =>
    problems.push(`exception on ${page.url()}: ${error.stack ?? error.message}`),
  )
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    // The page says so itself.
    if (
      isCut &&
      /net::ERR_INTERNET_DISCONNECTED|^AppError: The server cannot be reached/.test(message.text())
    )
      return
    const where = message.location().url
    const expected = EXPECTED.some(
      ({ status, path }) =>
        message.text().includes(`status of ${status}`) && where && new URL(where).pathname.startsWith(path),
    )
    if (!expected) problems.push(`console on ${page.url()}: ${message.text()} (${where})`)
  })

  /** Fails on barriers that keep people with disabilities out of the page as it stands. */
  async function checkAccess(name) {
    // Injected by evaluation: the page's content security policy forbids scripts of others, and shall.
    await page.evaluate(axeSource)
    const violations = await page.evaluate(async () => (await globalThis.axe.run(document)).violations)
    for (const { impact, id, help, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue
      const places = nodes
        .slice(0, 4)
        .map((node) => `    ${node.html.slice(0, 220)}\n      ${node.failureSummary?.split('\n')[1] ?? ''}`)
      problems.push(`accessibility (${impact}) of ${name}: ${id}, ${help}\n${places.join('\n')}`)
    }
  }

  return {
    page,
    problems,
    /** Leaves a picture of the page in light and in dark, and checks both for barriers. */
    async show(name) {
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
        await page.waitForFunction(
          (wanted) => document.documentElement.dataset.mantineColorScheme === wanted,
          scheme,
        )
        await page.mouse.move(0, 0)
        await page.waitForTimeout(150)
        await page.screenshot({ path: join(screenshots, `${name}-${scheme}.png`) })
        await checkAccess(`${name} (${scheme})`)
      }
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    },
    /** Cuts the connection, or lets it be there again. */
    async cut(on) {
      isCut = on
      await context.setOffline(on)
    },
    snapshot: (name) => page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true }),
    close: () => browser.close(),
  }
}
