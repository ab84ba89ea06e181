// Says when the page has lost its server, and that it comes back by itself.
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { LinkState } from '../lib/socket.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';

// A loss that heals at once is not worth a line.
const FELT_MS = 1_200;

/** Shows nothing while the link is open. */
export const LinkBanner = ({ link, onHurry }: { link: LinkState; onHurry: () => void }): ReactNode => {
  const away = link.kind !== 'open' && link.kind !== 'stopped';
  const [felt, setFelt] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setFelt(away), away ? FELT_MS : 0);
    return () => clearTimeout(timer);
  }, [away]);
  if (!felt) return null;
  const words = link.kind === 'draining'
    ? 'The server is restarting. Clusters and shells keep running; this page returns by itself.'
    : navigator.onLine ? 'The connection to the server is lost. Your cluster and shells keep running; reconnecting…' : 'This computer is offline. Your cluster and shells keep running; the page returns by itself.';
  return <Banner tone="waiting" action={<Button size="small" look="outline" onPress={onHurry}>Try now</Button>}>{words}</Banner>;
};
