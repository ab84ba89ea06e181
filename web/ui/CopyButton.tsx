// Copies a text and says so.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import type { ButtonLook, ButtonSize } from './Button.tsx';
import { copyText } from './clipboard.ts';
import { announce } from './LiveRegion.tsx';

const SHOWN_MS = 1600;

/** `label` is the visible word; without it only the icon shows and `name` is its accessible name. */
export const CopyButton = ({ text, label, name = 'Copy', look = 'quiet', size = 'small' }: {
  text: string; label?: string; name?: string; look?: ButtonLook; size?: ButtonSize;
}): ReactNode => {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const words = state === 'copied' ? 'Copied' : state === 'refused' ? 'Select and copy by hand' : label;
  return (
    <Button look={look} size={size} iconOnly={words === undefined} aria-label={words === undefined ? name : undefined}
      onPress={async () => {
        const copied = await copyText(text);
        setState(copied ? 'copied' : 'refused');
        announce(copied ? 'Copied.' : 'The browser did not allow copying.');
      }}>
      {state === 'copied' ? <Check size={16} aria-hidden /> : <Copy size={15} aria-hidden />}
      {words}
    </Button>
  );
};
