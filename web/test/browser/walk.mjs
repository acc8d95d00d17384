// What the walks through the application share.
import { openBrowser } from './browser.mjs'
import { startServer } from './server.mjs'

export const PASSWORD = 'correct horse 7'

export const fixture = (name) => new URL(`./fixtures/${name}`, import.meta.url).pathname

/**
 * Walks through a fresh application. `path` gets what it needs and takes the steps; a problem on the way fails it.
 * `options` are those of the server, by the names of their variables.
 */
export async function walk(title, path, options = {}) {
  const server = await startServer(options)
  const browser = await openBrowser(server.url)
  const { page } = browser
  let current = 'start'
  const button = (name, scope = page) => scope.getByRole('button', { name })
  const link = (name, scope = page) => scope.getByRole('link', { name })
  const heading = (name) => page.getByRole('heading', { name, level: 1 })
  const tools = {
    server,
    page,
    show: browser.show,
    cut: browser.cut,
    button,
    link,
    heading,
    dialog: () => page.getByRole('dialog'),
    row: (name, scope = page) => scope.getByRole('row').filter({ hasText: name }),
    async step(name, work) {
      current = name
      const started = Date.now()
      await work()
      console.log(`ok  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
    },
    async open(place) {
      await page
        .getByRole('navigation', { name: 'Main' })
        .getByRole('link', { name: place, exact: true })
        .click()
    },
    async signIn(password) {
      await page.getByLabel('User name').fill('admin')
      await page.getByRole('textbox', { name: 'Password' }).fill(password)
      await button('Sign in').click()
    },
    async newPassword() {
      await page.getByRole('textbox', { name: 'New password', exact: true }).fill(PASSWORD)
      await page.getByRole('textbox', { name: 'Confirm new password' }).fill(PASSWORD)
      await button('Change password and sign in').click()
      await heading('Dashboard').waitFor()
    },
    /** Uploads an SBOM in the dialog that is open, and waits until it was processed. */
    async upload(path) {
      const dialog = page.getByRole('dialog')
      const chooser = page.waitForEvent('filechooser')
      await button('SBOM file', dialog).click()
      await (await chooser).setFiles(path)
      await button('Upload', dialog).click()
      await dialog.getByText('The SBOM was processed').waitFor({ timeout: 60_000 })
    },
    /** Waits until the newest run of the synchronization page has ended well. */
    async synchronized() {
      await page
        .locator('[aria-label="Latest synchronization"][data-state="SUCCEEDED"]')
        .waitFor({ timeout: 60_000 })
    },
    /** Looks again and again at what comes by itself. */
    async until(what, look) {
      for (let tries = 0; !(await look()); tries += 1) {
        if (tries > 120) throw new Error(`${what} did not come true`)
        await page.waitForTimeout(500)
      }
    },
  }
  try {
    await path(tools)
    if (browser.problems.length > 0) throw new Error('there were problems on the way')
    console.log(`ok  ${title}, without a console error or a barrier`)
  } catch (error) {
    process.exitCode = 1
    console.error(`FAILED at: ${current}\nat ${page.url()}\n${error.stack ?? error}`)
    if (browser.problems.length > 0) console.error(`\nproblems on the way:\n${browser.problems.join('\n')}`)
    console.error(`\nlast lines of the server:\n${server.log().split('\n').slice(-25).join('\n')}`)
    await browser.snapshot('failure').catch(() => {})
  } finally {
    await browser.close()
    await server.stop()
  }
}
