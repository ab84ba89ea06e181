// Loads one lab and its live state, and opens it as soon as the cluster is there.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { LabState, LabView } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import type { ApiError } from '../../lib/api.ts';
import { putLab, useSession } from '../../lib/sessionStore.ts';

export interface LabOnPage {
  lab?: LabView;
  state?: LabState;
  /** Why the lab's text could not be had. */
  problem?: ApiError;
  /** Why it could not be opened, beyond what `state.detail` tells. */
  openProblem?: ApiError;
  reload: () => void;
  open: () => void;
}

/** The lab `labId`: asked for again whenever the session greets anew or the cluster becomes ready, since its values may have changed. */
export const useLab = (labId: string): LabOnPage => {
  const { session, labs, greetings } = useSession();
  const [lab, setLab] = useState<LabView>();
  const [problem, setProblem] = useState<ApiError>();
  const [openProblem, setOpenProblem] = useState<ApiError>();
  const [turn, setTurn] = useState(0);
  const [fetched, setFetched] = useState<object>();
  const opening = useRef(false);
  const openedFor = useRef<object>(undefined);
  const state = labs[labId];
  const ready = session?.cluster.state === 'ready';

  // A new object whenever the lab must be asked for again.
  const request = useMemo(() => ({ labId, greetings, ready, turn }), [labId, greetings, ready, turn]);
  useEffect(() => {
    let current = true;
    void Promise.all([api.lab(request.labId), api.labState(request.labId)]).then(([view, live]) => {
      if (!current) return;
      setLab(view);
      setProblem(undefined);
      putLab(live);
      setFetched(request);
    }).catch((error: unknown) => { if (current) setProblem(asApiError(error)); });
    return () => { current = false; };
  }, [request]);

  const open = useCallback(() => {
    if (opening.current) return;
    opening.current = true;
    setOpenProblem(undefined);
    void api.openLab(labId).then(putLab).catch((error: unknown) => setOpenProblem(asApiError(error))).finally(() => { opening.current = false; });
  }, [labId]);

  // Once for each time that the lab was asked for: a lab that closes while it is watched closes because its cluster goes.
  const closed = state?.phase === 'closed' && (lab?.unmetNeeds.length ?? 1) === 0;
  useEffect(() => {
    if (!ready || fetched !== request || openedFor.current === request) return;
    openedFor.current = request;
    if (closed) open();
  }, [ready, fetched, request, closed, open]);

  const mine = lab?.id === labId ? lab : undefined;
  return {
    ...(mine === undefined ? {} : { lab: mine }), ...(state === undefined ? {} : { state }),
    ...(problem === undefined ? {} : { problem }), ...(openProblem === undefined ? {} : { openProblem }),
    reload: () => setTurn((value) => value + 1), open,
  };
};
