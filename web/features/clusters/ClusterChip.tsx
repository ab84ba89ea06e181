// The cluster in the strip: one line that says how it is, and behind it its machines and the way to a new one.
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterView } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { expectNewCluster } from '../../lib/sessionStore.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Confirm } from '../../ui/Dialog.tsx';
import { Jack } from '../../ui/Jack.tsx';
import { Popover } from '../../ui/Menu.tsx';
import { spanWords } from '../../ui/relativeWords.ts';
import { clusterJack, clusterWords, estimateWords } from './clusterWords.ts';
import styles from './ClusterChip.module.css';

const roleWords = { 'control-plane': 'control plane', worker: 'worker', workstation: 'your shell', outside: 'outside the cluster' } as const;

/** The page goes back to waiting at once: the old cluster is not to be used while it is taken down. */
const renewCluster = async (): Promise<void> => {
  const restore = expectNewCluster();
  try {
    await api.newCluster();
  } catch (error) {
    restore();
    throw asApiError(error);
  }
};

const Machines = ({ cluster }: { cluster: ClusterView }): ReactNode => (
  <ul className={styles.machines}>
    {cluster.machines.map((machine) => (
      <li key={machine.name}>
        <span className={styles.machine}>{machine.name}</span>
        <span className={styles.role}>{roleWords[machine.role]}</span>
        <code className={styles.address}>{machine.address}</code>
        <CopyButton text={machine.address} name={`Copy the address of ${machine.name}`} />
      </li>
    ))}
  </ul>
);

/** Shows `cluster`; offers a new one after asking. */
export const ClusterChip = ({ cluster }: { cluster: ClusterView }): ReactNode => {
  const [asking, setAsking] = useState(false);
  const estimate = cluster.state === 'provisioning' ? estimateWords(cluster.stage?.estimateMs) : '';
  return (
    <>
      <Popover label="Your cluster" placement="bottom end" button={
        <Button look="quiet" size="small">
          <Jack state={clusterJack(cluster.state)} size={15} />
          <span className={styles.words}>{clusterWords(cluster)}</span>{estimate !== '' && <span className={styles.estimate}>{estimate}</span>}
          <ChevronDown size={14} aria-hidden />
        </Button>
      }>
        {(close) => <div className={styles.panel}>
          <h3 className={styles.title}>{clusterWords(cluster)}</h3>
          <p className={styles.facts}>
            {cluster.provider.charAt(0).toUpperCase() + cluster.provider.slice(1)} cluster{cluster.networkPlugin === undefined ? '' : `, network plugin ${cluster.networkPlugin}`}
            {cluster.readyMs === undefined ? '' : `, ready in ${spanWords(cluster.readyMs)}`}
          </p>
          {cluster.detail !== undefined && <p>{cluster.detail}</p>}
          {cluster.machines.length > 0 && <Machines cluster={cluster} />}
          <div><Button size="small" look="outline" onPress={() => { close(); setAsking(true); }} isDisabled={cluster.state === 'provisioning' || cluster.state === 'queued'}>Make a new cluster…</Button></div>
        </div>}
      </Popover>
      <Confirm title="Make a new cluster?" verb="Throw away and make a new one" isOpen={asking} onClose={() => setAsking(false)}
        onConfirm={renewCluster}>
        <p>Everything in this cluster goes: pods, Services, files on the workstation, running shells.</p>
        <p>Points you have earned stay.</p>
      </Confirm>
    </>
  );
};
