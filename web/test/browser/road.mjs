// The whole road in a browser, against a real server: from the first log-in to a Fixed issue.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { fixture, PASSWORD, walk } from './walk.mjs'

const REASON = 'Only trusted templates are compiled'
// The advisory is named by whichever of its two ids the analyzer leads with.
const LODASH = /CVE-2021-23337|GHSA-35jh-r3h4-6jhm/

await walk('the whole road', async (tools) => {
  const { server, page, show, button, link, heading, dialog, row, step, open } = tools
  const { signIn, synchronized, until, upload } = tools

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
    await tools.newPassword()
    await page.getByText('Nothing to show yet').waitFor()
    await open('Assets')
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
    await heading(/Dashboard|Assets/).waitFor()
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
    await upload(fixture('webshop-1.cdx.json'))
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
    await button('Create the alert in Dependency-Track').click()
    await page.getByText(/has the alert/).waitFor()
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
    await upload(fixture('webshop-2.cdx.json'))
    await button('Done', dialog()).click()
    await page.getByText('4 findings').waitFor()
  })

  await step('the analysis comes back by the webhook', async () => {
    await until('the analysis', async () => {
      await page.goto('/issues?status=FALSE_POSITIVE')
      await page
        .getByText(/^\d+ issues?$|No issue matches/)
        .first()
        .waitFor()
      return row('qs').getByText('False positive', { exact: true }).isVisible()
    })
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

  await step('an issue has people, comments and a history', async () => {
    await page.goto('/issues?status=RISK_ACCEPTED')
    await row('lodash').getByRole('button').first().click()
    await link('Open as a page', dialog()).click()
    await page.getByText('Update to 4.17.21 or later').waitFor()
    await page.getByRole('textbox', { name: 'New comment' }).fill('Looked at it again')
    await button('Comment').click()
    await page.getByText('Looked at it again').first().waitFor()
    await page
      .getByRole('combobox', { name: 'Assigned to' })
      .or(page.getByRole('textbox', { name: 'Assigned to' }))
      .first()
      .click()
    await page.getByRole('option', { name: /admin/i }).click()
    await page.getByText('Assignment saved').waitFor()
    await page.keyboard.press('Escape')
    await show('issue-page')
  })

  await step('issues are chosen, changed together and exported', async () => {
    await open('Issues')
    await heading('Issues').waitFor()
    await row('log4j-core').getByRole('checkbox').check()
    await page.getByText('1 issue chosen').waitFor()
    await button(/^Change status$/).click()
    await page.getByRole('menuitem', { name: 'In progress' }).click()
    await page.getByText('1 issue changed').waitFor()
    await row('log4j-core').getByText('In progress').waitFor()
    await button(/More filters/).click()
    await page.getByRole('checkbox', { name: 'Assigned to me' }).check()
    await page.getByText('No issue matches these filters').waitFor()
    await page.getByRole('checkbox', { name: 'Assigned to me' }).uncheck()
    await page.keyboard.press('Escape')
    const saved = page.waitForEvent('download')
    await button('Export').click()
    await page.getByRole('menuitem', { name: 'As CSV' }).click()
    const text = await readFile(await (await saved).path(), 'utf8')
    assert.match(text, /^id,title,status/)
    assert.match(text, /log4j-core/)
    await show('issues')
  })

  await step('an asset is described, and gets a risk score', async () => {
    await open('Assets')
    await link(/webshop/)
      .first()
      .click()
    await button('Edit details').click()
    const choose = async (label, option) => {
      await dialog()
        .getByRole('combobox', { name: label })
        .or(dialog().getByRole('textbox', { name: label }))
        .first()
        .click()
      await page.getByRole('option', { name: option, exact: true }).click()
    }
    await choose('Business impact', 'High')
    await choose('Attack surface', 'Internet facing')
    await choose('Data classification', 'Payment card industry')
    await page.keyboard.press('Tab')
    await dialog()
      .getByRole('textbox', { name: 'Tags' })
      .or(dialog().getByRole('combobox', { name: 'Tags' }))
      .first()
      .fill('shop')
    await page.keyboard.press('Enter')
    await show('asset-edit')
    await button('Save', dialog()).click()
    await page.getByText('Asset saved').waitFor()
    await page.getByText('Risk score').first().waitFor()
    await page.getByRole('tab', { name: 'Components' }).click()
    await row('lodash').waitFor()
    await show('asset-components')
  })

  await step('deadlines and a gate are set', async () => {
    await open('Settings')
    await page.getByRole('tab', { name: 'Deadlines' }).click()
    await page.getByLabel('Days for critical severity, high business impact').fill('7')
    await page.getByLabel('Days for high severity, high business impact').fill('30')
    await button('Save').click()
    await page.getByText('Deadlines saved').waitFor()
    await show('settings-deadlines')
    await page.getByRole('tab', { name: 'Security gate' }).click()
    await page
      .getByLabel('Policy (YAML)')
      .fill('rules:\n- from: any\n  severity:\n    critical: {maximum: -1}\n')
    await button('Save').click()
    await page.getByText(/Line 4/).waitFor()
    await page
      .getByLabel('Policy (YAML)')
      .fill('rules:\n- from: any\n  severity:\n    critical: {maximum: 0}\n')
    await button('Save').click()
    await page.getByText('Policy saved').waitFor()
    await open('Assets')
    await link(/webshop/)
      .first()
      .click()
    await page
      .getByText(/Due in/)
      .first()
      .waitFor()
    await page.getByRole('tab', { name: 'Security gate' }).click()
    await button('Run the gate').click()
    await page
      .getByText(/^(Failed|Passed)$/)
      .first()
      .waitFor()
    await show('asset-gate')
  })

  await step('somebody is invited, and a key is made', async () => {
    await open('Settings')
    await page.getByRole('tab', { name: 'People' }).click()
    await button('Invite').click()
    await dialog().getByLabel('E-mail').fill('dev@example.com')
    await button('Invite', dialog()).click()
    const first = dialog().getByRole('textbox', { name: 'First password' })
    await first.waitFor()
    assert.ok((await first.inputValue()).length >= 16)
    await button('Done', dialog()).click()
    await row('dev@example.com').waitFor()
    await show('settings-people')
    await page.getByRole('tab', { name: 'Teams' }).click()
    await button('New team').click()
    await dialog().getByLabel('Name').fill('Web')
    await button('Save', dialog()).click()
    await row('Web').waitFor()
    await page.getByRole('tab', { name: 'API keys' }).click()
    await button('New key').click()
    await dialog().getByLabel('What for').fill('pipeline')
    await button('Make the key', dialog()).click()
    const made = await dialog().getByRole('textbox', { name: 'Key' }).inputValue()
    assert.match(made, /^ttk_/)
    await button('Done', dialog()).click()
    await row('pipeline').waitFor()
    assert.ok(!(await page.content()).includes(made), 'the whole key is shown once only')
    await show('settings-keys')
    await page.getByRole('tab', { name: 'Audit log' }).click()
    await row('key.create').waitFor()
    await show('settings-audit')
    await page.getByRole('tab', { name: 'Company' }).click()
    await button('New company').waitFor()
    await show('settings-company')
  })

  await step('the dashboard shows what matters', async () => {
    await open('Dashboard')
    await page.getByText('Of these, with sensitive data').waitFor()
    await row('webshop').first().waitFor()
    await show('dashboard')
  })

  await step('the API is tried, by an answer, a stream and a socket', async () => {
    await open('API')
    await button(/^Run$/).click()
    await page.getByRole('status', { name: 'Answer' }).getByText('OWNER').waitFor()
    await page.getByText('changeIssueStatus', { exact: true }).waitFor()
    await page
      .getByRole('textbox', { name: 'Operation' })
      .fill('subscription { syncProgress(assetId: "1") { state } }')
    await button(/^Run$/).click()
    await page.getByRole('status', { name: 'Answer' }).getByText('SUCCEEDED').waitFor()
    await button('Stop').click()
    await show('api')
    const answer = await page.evaluate(
      (token) =>
        new Promise((done, fail) => {
          const socket = new WebSocket(
            `${location.origin.replace('http', 'ws')}/graphql/ws`,
            'graphql-transport-ws',
          )
          socket.onerror = () => fail(new Error('the socket broke'))
          socket.onopen = () =>
            socket.send(
              JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
            )
          socket.onmessage = ({ data }) => {
            const message = JSON.parse(data)
            if (message.type === 'connection_ack')
              socket.send(
                JSON.stringify({
                  id: '1',
                  type: 'subscribe',
                  payload: { query: 'subscription { syncProgress(assetId: "1") { state } }' },
                }),
              )
            if (message.type === 'next') done(message.payload)
          }
        }),
      await page.evaluate(
        () =>
          Object.values({ ...localStorage, ...sessionStorage })
            .join(' ')
            .match(/[\w-]+\.[\w-]+\.[\w-]+/)[0],
      ),
    )
    assert.equal(answer.data.syncProgress.state, 'SUCCEEDED')
  })

  await step('unknown places say so', async () => {
    await page.goto('/assets/999999')
    await page.getByText('There is no such asset').waitFor()
    await page.goto('/nowhere')
    await heading('Page not found').waitFor()
    await show('not-found')
  })
})
