import { build } from 'esbuild'

const routesFile = '/contract/routes.ts'

/**
 * Vite: what the client asks of the route table, in the place of the table. Its schemas and texts are for
 * the service and the documents; in the browser they would be half of the scripts.
 */
export function slimRoutes() {
  return {
    name: 'slim-routes',
    async load(id) {
      if (!id.replaceAll('\\', '/').endsWith(routesFile)) return null
      const table = Object.entries(await readRoutes(id)).map(([name, route]) => [
        name,
        essentials(route),
      ])
      return `export const routes = ${JSON.stringify(Object.fromEntries(table))}`
    },
  }
}

/** The table itself, which is TypeScript. */
async function readRoutes(file) {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  const source = Buffer.from(outputFiles[0].contents).toString('base64')
  const { routes } = await import(`data:text/javascript;base64,${source}`)
  return routes
}

/** What `contract/client.ts` reads of a route. */
function essentials({ method, path, idempotencyKey, checkedPerItem, replies, otherMediaTypes }) {
  return {
    method,
    path,
    idempotencyKey,
    checkedPerItem,
    replies: Object.fromEntries(Object.keys(replies).map((status) => [status, {}])),
    otherMediaTypes: otherMediaTypes && {},
  }
}
