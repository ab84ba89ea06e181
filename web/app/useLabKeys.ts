// The keyboard of the workbench.
import { useEffect } from 'react';
import type { LabView } from '../../server/contract/index.ts';
import type { useReading } from '../features/labs/index.ts';
import { isTyping, singleKeysOn } from './Shortcuts.tsx';

/** F6 goes between the halves; single keys work in the text, where nothing is typed. */
export const useLabKeys = ({ lab, reading, scroller, toText, toTerminal }: {
  lab: LabView | undefined; reading: ReturnType<typeof useReading>; scroller: HTMLElement | null; toText: () => void; toTerminal: () => void;
}): void => {
  useEffect(() => {
    if (lab === undefined) return;
    const move = (by: number): void => {
      const at = lab.steps.findIndex((step) => step.id === reading.stepId);
      const target = lab.steps[Math.max(0, at + by)];
      if (target !== undefined) reading.goTo(target.id);
    };
    // The page's own Check buttons, so that a key does exactly what a press does.
    const check = (): void => {
      const id = reading.stepId ?? lab.steps[0]?.id;
      if (id === undefined) return;
      for (const button of scroller?.querySelectorAll<HTMLButtonElement>(`[data-step-id="${CSS.escape(id)}"] [data-check-id] button[type=submit]`) ?? []) button.click();
    };
    const singles: Record<string, () => void> = { '[': () => move(-1), ']': () => move(1), c: check, t: toTerminal };
    const listen = (event: KeyboardEvent): void => {
      // Inside a terminal xterm's own handler has dealt with it.
      const inTerminal = event.target instanceof Element && event.target.closest('.xterm') !== null;
      if (event.key === 'F6' && !inTerminal) {
        event.preventDefault();
        if (scroller?.contains(document.activeElement) === true || document.activeElement === document.body) toTerminal();
        else if (document.activeElement?.closest('#terminals, #panel-terminal') != null) toText();
        else toTerminal();
        return;
      }
      const act = singles[event.key];
      if (act === undefined || event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || !singleKeysOn()) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [lab, reading, scroller, toText, toTerminal]);
};
