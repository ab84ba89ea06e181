// Follows the reading: which step is on screen, which checks are visible; tells the server, so that those checks run by themselves.
import { useCallback, useEffect, useState } from 'react';
import type { RefObject } from 'react';
import { CheckId } from '../../../server/contract/index.ts';
import type { LabView } from '../../../server/contract/index.ts';
import { watch } from '../../lib/sessionStore.ts';
import { checksOf, stepAt } from './progress.ts';

// The reading line: a heading counts as read a third down the panel.
const READING_LINE = 0.34;
const MOST_CHECKS = 64;

export interface Reading {
  /** Id of the step on screen; undefined in the introduction. */
  stepId?: string;
  goTo: (stepId: string) => void;
}

/** Step sections inside `scroller` carry `data-step-id`, checks `data-check-id`. `active` is false while the text is hidden. */
export const useReading = (lab: LabView | undefined, scroller: RefObject<HTMLElement | null>, active: boolean): Reading => {
  const [stepId, setStepId] = useState<string>();
  const [visible, setVisible] = useState<readonly string[]>([]);

  useEffect(() => {
    const root = scroller.current;
    if (root === null || lab === undefined) return;
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const box = root.getBoundingClientRect();
      if (box.height === 0) return;
      const sections = [...root.querySelectorAll<HTMLElement>('[data-step-id]')];
      const atEnd = root.scrollTop > 0 && root.scrollTop + root.clientHeight >= root.scrollHeight - 2;
      const index = atEnd ? sections.length - 1 : stepAt(sections.map((section) => section.getBoundingClientRect().top), box.top + box.height * READING_LINE);
      setStepId(sections[index]?.dataset['stepId']);
      const seen = [...root.querySelectorAll<HTMLElement>('[data-check-id]')].filter((check) => {
        const { top, bottom } = check.getBoundingClientRect();
        return bottom > box.top && top < box.bottom;
      }).map((check) => check.dataset['checkId'] ?? '');
      setVisible((before) => (before.join() === seen.join() ? before : seen));
    };
    const soon = (): void => { frame ||= requestAnimationFrame(look); };
    look();
    root.addEventListener('scroll', soon, { passive: true });
    const observer = new ResizeObserver(soon);
    observer.observe(root);
    if (root.firstElementChild !== null) observer.observe(root.firstElementChild);
    return () => {
      cancelAnimationFrame(frame);
      root.removeEventListener('scroll', soon);
      observer.disconnect();
    };
  }, [lab, scroller]);

  useEffect(() => {
    if (lab === undefined) return;
    const tell = (): void => {
      const step = lab.steps.find((each) => each.id === stepId) ?? lab.steps[0];
      if (!active || document.visibilityState === 'hidden' || step === undefined) {
        watch({ type: 'idle' });
        return;
      }
      const ids = [...new Set([...checksOf(step).map((check) => check.id as string), ...visible])].slice(0, MOST_CHECKS);
      watch({ type: 'watching', labId: lab.id, stepId: step.id, checkIds: ids.map((id) => CheckId.parse(id)) });
    };
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [lab, stepId, visible, active]);
  useEffect(() => () => watch({ type: 'idle' }), []);

  const goTo = useCallback((id: string) => {
    const section = scroller.current?.querySelector<HTMLElement>(`[data-step-id="${CSS.escape(id)}"]`);
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    section?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
    section?.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
  }, [scroller]);
  return { ...(stepId === undefined ? {} : { stepId }), goTo };
};
