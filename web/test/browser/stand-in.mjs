// The integration in a browser with other servers than our own: stand-ins for Dependency-Track 4 and 5 that keep
// state. With CORPUS set they serve what was recorded of real servers.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { walk } from './walk.mjs'

const binary = resolve(
  process.env.STAND_IN_BIN ?? new URL('../../../target/release/examples/stand_in', import.meta.url).pathname,
)
const RECORDINGS = { 4: 'dt-4.14', 5: 'dt-5.0' }
const VERSION = { 4: '4.14.2', 5: '5.0.4' }

/** Starts a stand-in; without recordings it gets a project of its own. */
async function standIn(generation) {
  const corpus = process.env.CORPUS
  const recorded = corpus ? [resolve(corpus, 'contract', RECORDINGS[generation])] : []
  const child = spawn(binary, [String(generation), '127.0.0.1:0', ...recorded], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = await new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', () => fail(new Error(`${binary} ended`)))
    createInterface(child.stdout).once('line', (line) => done(JSON.parse(line)))
  })
  const steer = async (what, body) => {
    const answer = await fetch(`${told.url}/stand-in/${what}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.ok(answer.ok, `${what}: ${answer.status}`)
    return answer.status === 204 ? null : answer.json()
  }
  let { project } = told
  if (!project) {
    project = (await steer('project', { name: 'shop', version: '1.0.0', latest: true })).uuid
    const flaw = (id, score) => ({ id, score, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' })
    await steer('components', {
      project,
      components: [
        { name: 'left-pad', flaws: [flaw('CVE-2026-1001', 7.5), flaw('CVE-2026-1002', 7.5)] },
        { name: 'right-pad', flaws: [flaw('CVE-2026-1003', 7.5)] },
        { name: 'bottom-pad', flaws: [flaw('CVE-2026-1004', 7.5), flaw('CVE-2026-1005', 7.5)] },
        { name: 'top-pad' },
      ],
    })
  }
  return { ...told, project, steer, stop: () => child.kill('SIGTERM') }
}

async function path(generation, tools) {
  const { server, page, show, button, link, heading, dialog, row, step, open, until } = tools
  const there = await standIn(generation)
  const shot = (name) => show(`dt${generation}-${name}`)
  const findings = () => there.steer('findings', { project: there.project })
  try {
    await step(`version ${generation}: signing in`, async () => {
      await page.goto('/')
      await tools.signIn('admin')
      await tools.newPassword()
    })

    await step('a wrong address and a wrong token are told apart', async () => {
      await open('Integrations')
      await button('Connect Dependency-Track').or(link('Connect Dependency-Track')).click()
      await page.getByLabel('API URL').fill('http://127.0.0.1:9')
      await page
        .getByRole('textbox', { name: 'API token' })
        .fill('odt_wrong000_wrongwrongwrongwrongwrongwrong')
      await button('Save and continue').click()
      await page.getByText('Severities to import').waitFor()
      for (const box of await page.getByRole('checkbox').all()) await box.check()
      await button('Save and continue').click()
      await button('Check connection').click()
      await page.getByText('Not connected').waitFor()
      await page
        .getByText('DT_UNREACHABLE')
        .or(page.getByText(/cannot be reached/))
        .first()
        .waitFor()
      await page.getByRole('button', { name: /Credentials/ }).click()
      await page.getByLabel('API URL').fill(`${there.url}/api/v1/`)
      await page
        .getByRole('textbox', { name: 'API token' })
        .fill('odt_wrong000_wrongwrongwrongwrongwrongwrong')
      await button('Save and continue').click()
      await button('Save and continue').click()
      await button('Check connection').click()
      await page
        .getByText(/API key/)
        .first()
        .waitFor()
      await shot('wrong-token')
    })

    await step('the right ones connect, and say which version answers', async () => {
      await page.getByRole('button', { name: /Credentials/ }).click()
      await page.getByRole('textbox', { name: 'API token' }).fill(there.key)
      await button('Save and continue').click()
      await button('Save and continue').click()
      await button('Check connection').click()
      await page.getByText(`Connected to Dependency-Track ${VERSION[generation]}`).waitFor()
      await button('Create the alert in Dependency-Track').click()
      await page.getByText(/has the alert/).waitFor()
      await page
        .getByRole('textbox', { name: 'Schedule' })
        .or(page.getByRole('combobox', { name: 'Schedule' }))
        .first()
        .click()
      await page.getByRole('option', { name: 'Every hour' }).click()
      await page
        .getByRole('region', { name: 'Synchronization' })
        .getByRole('button', { name: 'Save' })
        .click()
      await page.getByText(/^Next/).waitFor()
      await shot('configuration')
    })

    let listed
    await step('the project is imported with all its findings', async () => {
      listed = await findings()
      await button('Add project').click()
      await row('shop', dialog()).first().getByRole('checkbox').check()
      await shot('add-project')
      await button('Import 1 project', dialog()).click()
      await dialog().getByText('Import started').waitFor()
      await button('Done', dialog()).click()
      await row('shop').getByText('Succeeded').waitFor({ timeout: 60_000 })
      await open('Assets')
      await link(/shop/).first().click()
      await heading(/shop/).waitFor()
      await page
        .getByText(/^\d+ issues?$/)
        .first()
        .waitFor()
      await shot('asset')
      await page.getByRole('tab', { name: 'Components' }).click()
      await page.getByText(/^\d+ components$/).waitFor()
      await shot('components')
      await page.getByRole('tab', { name: 'Issues' }).click()
    })

    await step('a decision arrives with its reason', async () => {
      const first = page.getByRole('button', { name: /^Status: Identified/ }).first()
      await first.click()
      await page.getByRole('menuitem', { name: /^Risk accepted/ }).click()
      await dialog().getByRole('textbox', { name: 'Reason' }).fill('Behind a proxy')
      await button('Set to Risk accepted', dialog()).click()
      await dialog().waitFor({ state: 'detached' })
      await until('the decision', async () =>
        (await findings()).some(
          (one) =>
            one.analysis.state === 'EXPLOITABLE' &&
            one.comments.some((comment) => comment.comment.startsWith('Behind a proxy')),
        ),
      )
    })

    await step('a decision there comes back by the webhook', async () => {
      const other = (await findings()).find((one) => !one.analysis.state)
      await there.steer('decide', {
        project: there.project,
        component: other.component.name,
        flaw: other.vulnerability.vulnId,
        state: 'NOT_AFFECTED',
      })
      const asset = page.url().split('?')[0]
      await until('the analysis', async () => {
        await page.goto(`${asset}?status=FALSE_POSITIVE`)
        await page
          .getByText(/^\d+ issues?$|No issue matches/)
          .first()
          .waitFor()
        return page.getByText('False positive', { exact: true }).first().isVisible()
      })
      await page.getByRole('row').nth(1).getByRole('button').first().click()
      await dialog()
        .getByText(/by a webhook/)
        .first()
        .waitFor()
      await shot('issue')
      await page.keyboard.press('Escape')
    })

    await step('an outage is told, and what is decided meanwhile is not lost', async () => {
      await there.steer('fault', { status: 503 })
      const asset = page.url().split('?')[0]
      await page.goto(asset)
      await page
        .getByRole('button', { name: /^Status: Identified/ })
        .first()
        .click()
      await page.getByRole('menuitem', { name: 'Suppressed' }).click()
      await page.getByText('Status is now Suppressed').waitFor()
      await page.goto(`${asset}/integrations/dependency-track`)
      await heading('Synchronization').waitFor()
      await button('Start synchronization').click()
      await page
        .locator('[aria-label="Latest synchronization"][data-state="FAILED"]')
        .waitFor({ timeout: 60_000 })
      await until('the waiting decision', async () => {
        await page.reload()
        await heading('Synchronization').waitFor()
        await page.getByText('Decisions to be sent').waitFor()
        return page
          .getByRole('button', { name: /^Send now/ })
          .first()
          .isVisible()
      })
      await shot('outage')
      await there.steer('fault', {})
      await page
        .getByRole('button', { name: /^Send now/ })
        .first()
        .click()
      await until('the suppression', async () => (await findings()).some((one) => one.analysis.isSuppressed))
    })

    await step('a component that is gone is Fixed', async () => {
      const now = await findings()
      const name = now.find((one) => !one.analysis.state && !one.analysis.isSuppressed).component.name
      await there.steer('drop-component', { project: there.project, name })
      const asset = page.url().replace(/\/integrations\/.*$/, '')
      await until('Fixed', async () => {
        await page.goto(`${asset}?status=FIX_ACCEPTED`)
        await page
          .getByText(/^\d+ issues?$|No issue matches/)
          .first()
          .waitFor()
        return page.getByText('Fixed', { exact: true }).first().isVisible()
      })
      assert.ok(listed.length > (await findings()).length)
      await page.goto(`${asset}/integrations/dependency-track`)
      await heading('Synchronization').waitFor()
      await shot('sync')
    })
    assert.ok(!server.log().includes(there.key), 'the log has no API key')
  } finally {
    there.stop()
  }
}

for (const generation of [4, 5])
  await walk(
    `a Dependency-Track ${VERSION[generation]}${process.env.CORPUS ? ' as recorded' : ''}`,
    (tools) => path(generation, tools),
  )
