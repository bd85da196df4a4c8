import {
  ActionIcon,
  Anchor,
  AppShell,
  Button,
  Group,
  Title,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import type { ReactNode } from 'react'
import { useSession } from '../session/session.tsx'
import { text } from '../text/en.ts'

/** The frame around every page: name, references, appearance, way out. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const { signOut } = useSession()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  return (
    <AppShell header={{ height: { base: 96, sm: 60 } }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" gap="xs">
          <Title order={2} size="h4" component="p">
            {text.product}
          </Title>
          <Group gap="sm">
            <Anchor href="/docs" size="sm">
              {text.apiReference}
            </Anchor>
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={text.colorScheme}
              onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
            >
              <span aria-hidden>{scheme === 'dark' ? '☀' : '☾'}</span>
            </ActionIcon>
            <Button variant="default" size="xs" onClick={signOut}>
              {text.signOut}
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main>{children}</AppShell.Main>
    </AppShell>
  )
}
