// Sanitised HTML of the lab text; links inside the workshop stay on the page, others open beside it.
import type { MouseEvent, ReactNode } from 'react';
import { useNavigate } from 'react-router';
import styles from './Prose.module.css';

/** `html` comes from the server, which sanitised it. */
export const Prose = ({ html, small = false }: { html: string; small?: boolean }): ReactNode => {
  const navigate = useNavigate();
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
  return <div className={`${styles.prose} ${small ? styles.small : ''}`} onClick={follow} dangerouslySetInnerHTML={{ __html: html }} />;
};
