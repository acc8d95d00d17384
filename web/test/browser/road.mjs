// The whole road in a browser, against a real server: from the first log-in to a Fixed issue.
import assert from 'node:assert/strict'
import { openBrowser } from './browser.mjs'
import { startServer } from './server.mjs'

const fixture = (name) => new URL(`./fixtures/${name}`, import.meta.url).pathname
const PASSWORD = 'correct horse 7'
const REASON = 'Only trusted templates are compiled'
// The advisory is named by whichever of its two ids the analyzer leads with.
const LODASH = /CVE-2021-23337|GHSA-35jh-r3h4-6jhm/

const server = await startServer()
const browser = await openBrowser(server.url)
const { page, show } = browser
let current = 'start'

async function step(name, work) {
  current = name
  const started = Date.now()
  await work()
  console.log(`ok  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
}

const button = (name, scope = page) => scope.getByRole('button', { name })
const link = (name, scope = page) => scope.getByRole('link', { name })
const heading = (name) => page.getByRole('heading', { name, level: 1 })
const dialog = () => page.getByRole('dialog')
const row = (name, scope = page) => scope.getByRole('row').filter({ hasText: name })

async function open(place) {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place }).click()
}

async function signIn(password) {
  await page.getByLabel('User name').fill('admin')
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await button('Sign in').click()
}

async function upload(file) {
  const chooser = page.waitForEvent('filechooser')
  await dialog().getByRole('button', { name: 'SBOM file' }).click()
  await (await chooser).setFiles(fixture(file))
  await button('Upload', dialog()).click()
  await dialog().getByText('The SBOM was processed').waitFor({ timeout: 60_000 })
}

/** Waits until the newest run of the synchronization page has ended well. */
async function synchronized() {
  await page
    .locator('[aria-label="Latest synchronization"][data-state="SUCCEEDED"]')
    .waitFor({ timeout: 60_000 })
}

try {
  await step('advisories are imported while the server runs', async () => {
    await server.run('advisories', 'import', '--source', 'osv', fixture('advisories'))
  })

  let key
  await step('the first log-in asks for a new password', async () => {
    await page.goto('/')
    await heading('Sign in to Twintrack').waitFor()
    await show('login')
    await signIn('admin')
    await heading('Choose a new password').waitFor()
    await show('login-change')
    await page.getByRole('textbox', { name: 'New password', exact: true }).fill(PASSWORD)
    await page.getByRole('textbox', { name: 'Confirm new password' }).fill(PASSWORD)
    await button('Change password and sign in').click()
    await heading('Assets').waitFor()
    await page.getByText('No assets yet').waitFor()
    await page.getByText('Default', { exact: true }).waitFor()
    await show('assets-empty')
  })

  await step('the old password no longer works, the new one leads back', async () => {
    await button('Account of admin').click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await heading('Sign in to Twintrack').waitFor()
    await signIn('admin')
    await page.getByRole('alert').waitFor()
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
    await button('Sign in').click()
    await heading('Assets').waitFor()
  })

  await step('a team gets an API key', async () => {
    await open('Access management')
    await heading('Teams').waitFor()
    await show('teams')
    await link('Administrators').click()
    await heading('Administrators').waitFor()
    await button('Create API key').click()
    key = await dialog().getByRole('textbox', { name: 'API key' }).inputValue()
    assert.match(key, /^odt_[A-Za-z0-9]{8}_[A-Za-z0-9]{32}$/)
    await button('Copy API key').click()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key)
    await button('Done', dialog()).click()
    await row(key.slice(0, 12)).waitFor()
    assert.ok(!(await page.content()).includes(key), 'the whole key is shown once only')
    await show('team')
  })

  await step('an SBOM becomes a project with findings', async () => {
    await open('Projects')
    await page.getByText('No projects yet').waitFor()
    await button('Upload SBOM').first().click()
    await dialog().getByLabel('Project name').fill('webshop')
    await dialog().getByLabel('Version', { exact: true }).fill('1.0')
    await upload('webshop-1.cdx.json')
    await link('Open the project', dialog()).click()
    await heading('webshop 1.0').waitFor()
    await row('minimist').waitFor()
    await page.getByText('6 components').waitFor()
    await show('project-components')
    await page.getByRole('tab', { name: 'Audit vulnerabilities' }).click()
    await row('log4j-core').waitFor()
    await page.getByText('5 findings').waitFor()
    await show('project-findings')
    await open('Projects')
    await link('webshop').waitFor()
    await show('projects')
  })

  await step('the wizard takes the credentials', async () => {
    await open('Integrations')
    await button('Connect Dependency-Track').or(link('Connect Dependency-Track')).waitFor()
    await show('integrations')
    await button('Connect Dependency-Track').or(link('Connect Dependency-Track')).click()
    await page.getByLabel('API URL').fill(server.url)
    await page.getByRole('textbox', { name: 'API token' }).fill(key)
    assert.match(await page.getByRole('textbox', { name: 'Webhook token' }).inputValue(), /^[A-Za-z0-9]{40}$/)
    await show('wizard-credentials')
    await button('Save and continue').click()
  })

  await step('the severity filters warn of choosing none', async () => {
    await page.getByText('Severities to import').waitFor()
    const boxes = page.getByRole('checkbox')
    for (const box of await boxes.all()) await box.uncheck()
    await page.getByText('Nothing will be imported').waitFor()
    for (const box of await boxes.all()) await box.check()
    await page.getByText('Nothing will be imported').waitFor({ state: 'detached' })
    await show('wizard-severities')
    await button('Save and continue').click()
  })

  await step('the connection is checked', async () => {
    await button('Check connection').click()
    await page.getByText(/^Connected to /).waitFor()
    const permissions = page.getByRole('list', { name: 'Permissions of the token' })
    await permissions.getByText('VIEW_PORTFOLIO').waitFor()
    assert.equal(await permissions.getByText('missing', { exact: true }).count(), 0)
    await show('wizard-configuration')
  })

  await step('a project is imported as an asset', async () => {
    await button('Add project').click()
    await dialog().getByRole('searchbox', { name: 'Search projects' }).fill('websh')
    await row('webshop', dialog()).getByRole('checkbox').check()
    await show('add-project')
    await button('Import 1 project', dialog()).click()
    await dialog().getByText('Import started').waitFor()
    await button('Done', dialog()).click()
    await row('webshop').getByText('Succeeded').waitFor({ timeout: 60_000 })
    await button('Add project').click()
    await dialog().getByText('Already imported').waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    await show('wizard-imported')
  })

  await step('the asset shows its issues', async () => {
    await open('Assets')
    await row('webshop').waitFor()
    await show('assets')
    await link(/webshop/)
      .first()
      .click()
    await heading(/webshop/).waitFor()
    await page.getByText('5 issues').waitFor()
    await show('asset')
  })

  await step('a risk is accepted, with a reason', async () => {
    const issue = row(LODASH)
    await issue.getByRole('button', { name: /^Status: Identified/ }).click()
    await page.getByRole('menu').waitFor()
    assert.equal(await page.getByRole('menuitem', { name: 'Fixed' }).count(), 0, 'Fixed is never offered')
    await page.getByRole('menuitem', { name: /^Risk accepted/ }).click()
    await button('Set to Risk accepted', dialog()).click()
    await dialog().getByText('A reason is required').waitFor()
    await dialog().getByRole('textbox', { name: 'Reason' }).fill(REASON)
    await show('reason')
    await button('Set to Risk accepted', dialog()).click()
    await dialog().waitFor({ state: 'detached' })
    await page.getByText('4 issues').waitFor()
  })

  await step('the history of the issue keeps the reason', async () => {
    await page.goto(`${page.url().split('?')[0]}?status=RISK_ACCEPTED`)
    await page.getByText('1 issue', { exact: true }).waitFor()
    await row(LODASH).getByRole('button').first().click()
    await dialog().getByText(REASON).waitFor()
    await show('issue')
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })

  await step("the analyzer's audit trail shows the decision", async () => {
    await open('Projects')
    await link('webshop').click()
    await page.getByRole('tab', { name: 'Audit vulnerabilities' }).click()
    const finding = row(LODASH)
    // The decision travels on its own: look until it has arrived.
    for (let tries = 0; !(await finding.getByText('Exploitable').isVisible()); tries += 1) {
      assert.ok(tries < 60, 'the decision did not reach the analyzer')
      await page.waitForTimeout(500)
      await page.reload()
      await finding.waitFor()
    }
    await finding.getByRole('button', { name: /^Audit / }).click()
    await dialog().getByText('Analysis: NOT_SET → EXPLOITABLE').waitFor()
    await dialog().getByText(new RegExp(REASON)).first().waitFor()
    await show('analysis')
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })

  await step('an analysis is edited in the analyzer', async () => {
    await row('qs')
      .getByRole('button', { name: /^Audit / })
      .click()
    await dialog().getByText('Nobody has looked at this finding yet').waitFor()
    await dialog()
      .getByRole('combobox', { name: 'State' })
      .or(dialog().getByRole('textbox', { name: 'State' }))
      .click()
    await page.getByRole('option', { name: 'False positive' }).click()
    await dialog().getByRole('textbox', { name: 'Comment' }).fill('Query strings are not parsed here')
    await button('Save analysis', dialog()).click()
    await dialog().getByText('Analysis: NOT_SET → FALSE_POSITIVE').waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })

  await step('the next SBOM has a component less', async () => {
    await button('Upload SBOM').click()
    await upload('webshop-2.cdx.json')
    await button('Done', dialog()).click()
    await page.getByText('4 findings').waitFor()
  })

  await step('a synchronization is started, and followed to its end', async () => {
    await open('Assets')
    await link(/webshop/)
      .first()
      .click()
    await link('Synchronization', page.locator('main')).first().click()
    await heading('Synchronization').waitFor()
    await button('Start synchronization').click()
    await page
      .getByText('2 runs')
      .or(page.getByRole('row').filter({ hasText: 'By hand' }))
      .first()
      .waitFor()
    await synchronized()
    await show('sync')
  })

  await step('the removed component is Fixed, the other analysis has come back', async () => {
    const asset = page.url().replace(/\/integrations\/.*$/, '')
    await page.goto(`${asset}?status=FIX_ACCEPTED`)
    await row('minimist').getByText('Fixed', { exact: true }).waitFor()
    await page.getByText('1 issue', { exact: true }).waitFor()
    await show('asset-fixed')
    await page.goto(`${asset}?status=FALSE_POSITIVE`)
    await row('qs').getByText('False positive', { exact: true }).waitFor()
    await page.goto(`${asset}?status=RISK_ACCEPTED`)
    await row('lodash').getByText('Risk accepted', { exact: true }).waitFor()
  })

  await step('unknown places say so', async () => {
    await page.goto('/assets/999999')
    await page.getByText('There is no such asset').waitFor()
    await page.goto('/nowhere')
    await heading('Page not found').waitFor()
    await show('not-found')
  })

  assert.deepEqual(browser.problems, [], `problems on the way:\n${browser.problems.join('\n')}`)
  console.log('ok  the whole road, without a console error or a barrier')
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
