import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where the files are that the service reads while it runs. */
export interface Assets {
  readonly migrationsDir: string
  readonly documentationDir: string
  readonly webDir: string
  readonly examplesDir: string
}

// The bundle is server/dist/main.js and has its files beside it; the sources are in server/ itself.
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const isBundle = !existsSync(here('assets.ts'))

export const assets: Assets = isBundle
  ? {
      migrationsDir: here('migrations'),
      documentationDir: here('documentation'),
      webDir: here('../../web/dist'),
      examplesDir: here('../../examples'),
    }
  : {
      migrationsDir: here('migrations'),
      documentationDir: here('dist/documentation'),
      webDir: here('../web/dist'),
      examplesDir: here('../examples'),
    }
