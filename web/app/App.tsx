// The pages by address, and what all of them share: who this browser is, the voice, the error of last resort.
import { lazy, Suspense, useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { BrowserRouter, Route, Routes, useLocation } from 'react-router';
import { LiveRegion } from '../ui/LiveRegion.tsx';
import { CrashBoundary } from './CrashBoundary.tsx';
import { HomePage, JoinPage } from './HomePage.tsx';
import { MeProvider } from './me.tsx';
import { Loading, NotFoundPage } from './Messages.tsx';

const LabPage = lazy(() => import('./LabPage.tsx'));
const InstructorPage = lazy(() => import('./InstructorPage.tsx'));

/** After a change of page the keyboard and the screen reader start at its content. */
const FocusOnChange = (): ReactNode => {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    document.getElementById('main')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
  return null;
};

/** The whole of the pages. */
export const App = (): ReactNode => (
  <CrashBoundary>
    <BrowserRouter>
      <MeProvider>
        <FocusOnChange />
        <Suspense fallback={<Loading stage="Loading the page" />}>
          <Routes>
            <Route path="/" element={<HomePage />} />
            <Route path="/join" element={<JoinPage />} />
            <Route path="/join/:code" element={<JoinPage />} />
            <Route path="/labs/:labId" element={<LabPage />} />
            <Route path="/instructor" element={<InstructorPage />} />
            <Route path="*" element={<NotFoundPage />} />
          </Routes>
        </Suspense>
      </MeProvider>
    </BrowserRouter>
    <LiveRegion />
  </CrashBoundary>
);
