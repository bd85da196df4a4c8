import fastifyStatic from '@fastify/static'
import { openApiDocument } from '@pineos/contract/openapi.ts'
import { problems } from '@pineos/contract/problems.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { problemsPath } from './problem-details.ts'

export interface DocumentationOptions {
  readonly version: string
  /** The browser files of Swagger UI and ReDoc. */
  readonly assetsDir: string
}

const assetsPrefix = '/docs/assets/'
const assetSecondsMax = 3_600

// These two tools put styles into the page while they run; scripts come from files alone. ReDoc
// searches in a worker that it makes itself.
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  'worker-src blob:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves the OpenAPI document, Swagger UI, ReDoc and the problem catalogue; nothing from elsewhere. */
export async function registerDocumentation(
  app: FastifyInstance,
  { version, assetsDir }: DocumentationOptions,
): Promise<void> {
  const document = JSON.stringify(openApiDocument({ version, problemsUrl: problemsPath }))
  app.get('/openapi.json', (_request, reply) => {
    reply.type('application/json; charset=utf-8').send(document)
  })
  await app.register(fastifyStatic, {
    root: assetsDir,
    prefix: assetsPrefix,
    maxAge: assetSecondsMax * 1_000,
    preCompressed: true,
    decorateReply: false,
    index: false,
  })
  app.get('/docs', (_request, reply) => sendPage(reply, swaggerPage))
  app.get('/redoc', (_request, reply) => sendPage(reply, redocPage))
  app.get(problemsPath, (_request, reply) => sendPage(reply, problemsPage()))
  for (const [path, script] of Object.entries(scripts)) {
    app.get(path, (_request, reply) => {
      reply.type('text/javascript; charset=utf-8').send(script)
    })
  }
}

function sendPage(reply: FastifyReply, html: string): void {
  reply
    .headers({ 'content-security-policy': pagePolicy, 'cache-control': 'no-cache' })
    .type('text/html; charset=utf-8')
    .send(html)
}

const scripts: Readonly<Record<string, string>> = {
  '/docs/swagger-ui-start.js': `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#documentation',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
})`,
  '/docs/redoc-start.js': `Redoc.init('/openapi.json', { hideDownloadButtons: false }, document.getElementById('documentation'))`,
}

const swaggerPage = page(
  'API reference',
  `<link rel="stylesheet" href="${assetsPrefix}swagger-ui.css">`,
  `<div id="documentation"></div>
<script src="${assetsPrefix}swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-start.js"></script>`,
)

const redocPage = page(
  'API reference',
  '',
  `<div id="documentation"></div>
<script src="${assetsPrefix}redoc.standalone.js"></script>
<script src="/docs/redoc-start.js"></script>`,
)

function problemsPage(): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title, help }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escapeHtml(title)}</td><td>${escapeHtml(help)}</td></tr>`,
  )
  const style =
    '<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:.5rem;text-align:left;vertical-align:top}tr:target{background:#fff3bf}</style>'
  return page(
    'Problems',
    style,
    `<h1>Problems</h1><p>Every way in which a request can be refused, by its stable code.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>What</th><th>What to do</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`,
  )
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · PineOS Referral System</title>
<link rel="icon" href="data:,">
${head}
</head>
<body>
${body}
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
