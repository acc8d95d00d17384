// A place laid out as the bucket of OSV, with two records of one flaw and one that cannot be read; beside it the
// scores of EPSS and the catalogue of exploited vulnerabilities.
import { createServer } from 'node:http'
import { crc32, gzipSync } from 'node:zlib'

const FLAW = 'CVE-2018-18074'

const affected = [
  {
    package: { ecosystem: 'PyPI', name: 'requests', purl: 'pkg:pypi/requests' },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.20.0' }] }],
  },
]

const RECORDS = {
  'PYSEC-2018-28': {
    schema_version: '1.6.0',
    id: 'PYSEC-2018-28',
    aliases: [FLAW, 'GHSA-x84v-xcm2-53pg'],
    modified: '2024-05-01T00:00:00Z',
    published: '2018-10-09T17:29:00Z',
    details: 'After a redirect from https to http of the same host, credentials are still sent.',
    affected,
    references: [{ type: 'WEB', url: 'https://requests.example/release-notes' }],
  },
  'GHSA-x84v-xcm2-53pg': {
    schema_version: '1.6.0',
    id: 'GHSA-x84v-xcm2-53pg',
    aliases: [FLAW],
    modified: '2024-05-01T00:00:00Z',
    published: '2018-10-29T19:06:46Z',
    summary: 'Credentials are sent in clear after a redirect',
    details: 'The Authorization header is kept when a redirect leads from https to http.',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' }],
    affected,
    database_specific: { cwe_ids: ['CWE-522'] },
  },
}

/** A zip archive of files that are stored as they are. */
function zip(files) {
  const bodies = []
  const directory = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)]
    // Version, flags, method, time, date (1 January 1980), checksum, two sizes, length of the name.
    const common = Buffer.alloc(24)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(33, 8)
    common.writeUInt32LE(crc32(data), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(data.length, 18)
    common.writeUInt16LE(path.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.alloc(2), path, data])
    const rest = Buffer.alloc(16)
    rest.writeUInt32LE(offset, 12)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, path]))
    bodies.push(local)
    offset += local.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, entries, end])
}

/** Serves the bucket on a free port. `hold` keeps the archive back until `release`, `broken` fails everything. */
export async function startBucket() {
  const records = Object.values(RECORDS)
  const archive = zip({
    ...Object.fromEntries(records.map((record) => [`${record.id}.json`, JSON.stringify(record)])),
    'PYSEC-2018-0.json': '{"id": "PYSEC-2018-0", "affected": 7}',
  })
  const files = {
    '/ecosystems.txt': 'PyPI\n',
    '/PyPI/all.zip': archive,
    '/PyPI/modified_id.csv': records.map((record) => `${record.modified},${record.id}\n`).join(''),
    ...Object.fromEntries(records.map((record) => [`/PyPI/${record.id}.json`, JSON.stringify(record)])),
    '/epss_scores-current.csv.gz': gzipSync(
      `#model_version:v2025.03.14,score_date:2025-11-20T00:00:00+0000\ncve,epss,percentile\n${FLAW},0.0312,0.867\n`,
    ),
    '/known_exploited_vulnerabilities.json': JSON.stringify({
      title: 'Catalogue',
      catalogVersion: '2025.11.20',
      dateReleased: '2025-11-20T12:00:00Z',
      count: 1,
      vulnerabilities: [
        {
          cveID: FLAW,
          vendorProject: 'Python',
          product: 'Requests',
          vulnerabilityName: 'Requests sends credentials in clear',
          dateAdded: '2025-01-02',
          shortDescription: 'Credentials are sent in clear after a redirect.',
          requiredAction: 'Update.',
          dueDate: '2025-01-23',
          knownRansomwareCampaignUse: 'Unknown',
          notes: '',
          cwes: ['CWE-522'],
        },
      ],
    }),
  }
  let gate = Promise.resolve()
  const bucket = {
    broken: false,
    release: () => {},
    hold() {
      gate = new Promise((open) => {
        bucket.release = open
      })
    },
  }
  const server = createServer(async (request, response) => {
    const body = files[new URL(request.url, 'http://bucket').pathname]
    if (bucket.broken) return response.writeHead(500).end('out of order')
    if (body === undefined) return response.writeHead(404).end()
    response.setHeader('Content-Length', Buffer.byteLength(body))
    if (body !== archive || request.method === 'HEAD')
      return response.end(request.method === 'HEAD' ? undefined : body)
    // A half now, the other half when it may.
    response.write(archive.subarray(0, archive.length >> 1))
    await gate
    response.end(archive.subarray(archive.length >> 1))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return Object.assign(bucket, {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      bucket.release()
      server.closeAllConnections()
      server.close()
    },
  })
}
