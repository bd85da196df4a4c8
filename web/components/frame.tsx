import {
  ActionIcon,
  AppShell,
  Box,
  Button,
  Group,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import type { ReactNode } from 'react'
import { useSession } from '../session/session.tsx'
import { text } from '../text/en.ts'
import styles from './frame.module.css'
import { References } from './references.tsx'

const contentId = 'content'

/** The frame around every page: name, references, appearance, way out. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const { signOut } = useSession()
  return (
    <AppShell header={{ height: 60 }} padding="md">
      <a className={styles['skip']} href={`#${contentId}`}>
        {text.skipToContent}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Text fw={700} fz={{ base: 'sm', sm: 'md' }} truncate>
            {text.product}
          </Text>
          <Group gap="sm" wrap="nowrap">
            <Box visibleFrom="sm">
              <References />
            </Box>
            <ColorSchemeButton />
            <Button variant="default" size="xs" onClick={signOut}>
              {text.signOut}
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id={contentId} tabIndex={-1}>
        {children}
        <Box hiddenFrom="sm" mt="md">
          <References />
        </Box>
      </AppShell.Main>
    </AppShell>
  )
}

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  return (
    <ActionIcon
      variant="default"
      size={30}
      aria-label={text.colorScheme}
      onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
    >
      <span aria-hidden>{scheme === 'dark' ? '☀' : '☾'}</span>
    </ActionIcon>
  )
}
