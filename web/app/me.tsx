// Who this browser is: visitor, student or instructor.
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { Me } from '../../server/contract/index.ts';
import { api, asApiError } from '../lib/api.ts';
import type { ApiError } from '../lib/api.ts';

export interface MeState {
  me?: Me;
  problem?: ApiError;
  /** Asks the server again, after joining, signing in or out. */
  refresh: () => Promise<void>;
}

const Context = createContext<MeState>({ refresh: () => Promise.resolve() });

/** Asks once, at the start. */
export const MeProvider = ({ children }: { children: ReactNode }): ReactNode => {
  const [me, setMe] = useState<Me>();
  const [problem, setProblem] = useState<ApiError>();
  const refresh = useCallback(() => api.me().then((answer) => {
    setMe(answer);
    setProblem(undefined);
  }, (error: unknown) => setProblem(asApiError(error))), []);
  useEffect(() => { void refresh(); }, [refresh]);
  const value = useMemo(() => ({ ...(me === undefined ? {} : { me }), ...(problem === undefined ? {} : { problem }), refresh }), [me, problem, refresh]);
  return <Context value={value}>{children}</Context>;
};

export const useMe = (): MeState => useContext(Context);
