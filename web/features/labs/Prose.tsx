// Sanitised HTML of the lab text; links inside the workshop stay on the page, others open beside it; code can be copied.
import { useLayoutEffect, useRef, useState } from 'react';
import type { MouseEvent, ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useNavigate } from 'react-router';
import { CopyButton } from '../../ui/CopyButton.tsx';
import styles from './Prose.module.css';

interface Code { corner: HTMLElement; text: string }

/** A corner in every piece of code inside `root`, beside what scrolls. */
const makeCorners = (root: HTMLElement): Code[] => [...root.querySelectorAll('pre')].map((pre) => {
  const frame = document.createElement('div');
  frame.className = styles.frame ?? '';
  const corner = document.createElement('span');
  corner.className = styles.corner ?? '';
  pre.replaceWith(frame);
  frame.append(pre, corner);
  return { corner, text: (pre.textContent ?? '').trimEnd() };
});

/** `html` comes from the server, which sanitised it. */
export const Prose = ({ html, small = false }: { html: string; small?: boolean }): ReactNode => {
  const navigate = useNavigate();
  const root = useRef<HTMLDivElement>(null);
  const [codes, setCodes] = useState<readonly Code[]>([]);
  useLayoutEffect(() => {
    const box = root.current;
    if (box === null) return;
    // Written here and not by React, which would not know of the corners.
    box.innerHTML = html;
    // oxlint-disable-next-line react/set-state-in-effect -- the corners exist only once the text does.
    setCodes(makeCorners(box));
  }, [html]);
  const follow = (event: MouseEvent): void => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin) {
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
    } else if (url.pathname.startsWith('/labs/') && url.hash === '') {
      event.preventDefault();
      void navigate(url.pathname);
    }
  };
  return (
    <>
      <div ref={root} className={`${styles.prose} ${small ? styles.small : ''}`} onClick={follow} />
      {codes.map(({ corner, text }, index) => createPortal(<CopyButton text={text} name="Copy the code" />, corner, index))}
    </>
  );
};
