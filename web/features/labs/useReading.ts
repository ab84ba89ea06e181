// Follows the reading: which step is on screen, which checks are visible; tells the server, so that those checks run by themselves.
import { useEffect, useRef, useState } from 'react';
import { CheckId } from '../../../server/contract/index.ts';
import type { LabView } from '../../../server/contract/index.ts';
import { watch } from '../../lib/sessionStore.ts';
import { remember, tryRemembered } from '../../lib/storage.ts';
import { checksOf, stepAt } from './progress.ts';

// The reading line: a heading counts as read a third down the panel.
const READING_LINE = 0.34;
const MOST_CHECKS = 64;

// What people do to scroll; scrolling by the page itself makes none of these.
const userScrolls = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

const isString = (value: unknown): value is string => typeof value === 'string';
const sectionOf = (stepId: string): string => `[data-step-id="${CSS.escape(stepId)}"]`;

export interface Reading {
  /** Id of the step on screen; undefined in the introduction. */
  stepId?: string;
  goTo: (stepId: string) => void;
}

/** Step sections inside `scroller` carry `data-step-id`, checks `data-check-id`. `active` is false while the text is hidden. The place is remembered under `memory`. */
export const useReading = (lab: LabView | undefined, scroller: HTMLElement | null, { active, memory }: { active: boolean; memory: string }): Reading => {
  const [stepId, setStepId] = useState<string>();
  const [visible, setVisible] = useState<readonly string[]>([]);
  // A step that was jumped to stays the current one until the reader scrolls: near the end it may never reach the reading line.
  const held = useRef<string>(undefined);
  const loaded = lab !== undefined;

  useEffect(() => {
    const root = scroller;
    if (root === null || !loaded) return;
    const id = tryRemembered(`step:${memory}`, isString);
    const section = id === undefined ? null : root.querySelector<HTMLElement>(sectionOf(id));
    if (id === undefined || section === null) return;
    held.current = id;
    section.scrollIntoView({ block: 'start' });
  }, [loaded, memory, scroller]);

  useEffect(() => {
    const root = scroller;
    if (root === null || lab === undefined) return;
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const box = root.getBoundingClientRect();
      if (box.height === 0) return;
      const sections = [...root.querySelectorAll<HTMLElement>('[data-step-id]')];
      if (held.current !== undefined) setStepId(held.current);
      const atEnd = root.scrollTop > 0 && root.scrollTop + root.clientHeight >= root.scrollHeight - 2;
      const index = atEnd ? sections.length - 1 : stepAt(sections.map((section) => section.getBoundingClientRect().top), box.top + box.height * READING_LINE);
      if (held.current === undefined) setStepId(sections[index]?.dataset['stepId']);
      const seen = [...root.querySelectorAll<HTMLElement>('[data-check-id]')].filter((check) => {
        const { top, bottom } = check.getBoundingClientRect();
        return bottom > box.top && top < box.bottom;
      }).map((check) => check.dataset['checkId'] ?? '');
      setVisible((before) => (before.join() === seen.join() ? before : seen));
    };
    const soon = (): void => { frame ||= requestAnimationFrame(look); };
    look();
    root.addEventListener('scroll', soon, { passive: true });
    const release = (): void => { held.current = undefined; };
    for (const kind of userScrolls) root.addEventListener(kind, release, { passive: true });
    // Pictures arrive late and push the text down: a held step stays on top.
    const observer = new ResizeObserver(() => {
      if (held.current !== undefined) root.querySelector(sectionOf(held.current))?.scrollIntoView({ block: 'start' });
      soon();
    });
    observer.observe(root);
    if (root.firstElementChild !== null) observer.observe(root.firstElementChild);
    return () => {
      cancelAnimationFrame(frame);
      root.removeEventListener('scroll', soon);
      for (const kind of userScrolls) root.removeEventListener(kind, release);
      observer.disconnect();
    };
  }, [lab, scroller]);

  useEffect(() => {
    if (lab === undefined) return;
    const tell = (): void => {
      const step = lab.steps.find((each) => each.id === stepId);
      if (!active || document.visibilityState === 'hidden') {
        watch({ type: 'idle' });
        return;
      }
      const ids = [...new Set([...(step === undefined ? [] : checksOf(step).map((check) => check.id as string)), ...visible])].slice(0, MOST_CHECKS);
      watch({ type: 'watching', labId: lab.id, ...(step === undefined ? {} : { stepId: step.id }), checkIds: ids.map((id) => CheckId.parse(id)) });
    };
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [lab, stepId, visible, active]);
  useEffect(() => () => watch({ type: 'idle' }), []);
  useEffect(() => { if (stepId !== undefined) remember(`step:${memory}`, stepId); }, [stepId, memory]);

  const goTo = (id: string): void => {
    const section = scroller?.querySelector<HTMLElement>(sectionOf(id));
    held.current = id;
    setStepId(id);
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    section?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
    section?.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
  };
  return { ...(stepId === undefined ? {} : { stepId }), goTo };
};
