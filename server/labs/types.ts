// Workshops and labs as the server holds them after loading, expectations included; never sent to a browser as they are.
import type { LabId } from '../contract/index.ts';
import type { CheckSpec } from './checkSpecs/index.ts';
import type { Needs } from './frontMatter.ts';

/** One thing wrong in a workshop's files. `file` is the path as it was given or found; `line` counts from 1. */
export interface LintProblem { file: string; line: number; message: string }

/** A quiz with its answers. `choices` ids are `a`, `b`, … in the order of the file. */
export interface Quiz {
  id: string;
  question: string;
  multiple: boolean;
  choices: { id: string; html: string; correct: boolean }[];
  explanation?: string;
}

/** Text shown only on some clusters: `key` compared with one of `values`, or with none of them when `negated`. */
export interface Condition { key: 'provider' | 'cni'; values: string[]; negated: boolean }

/** One block of a step before cluster values are filled in. Prose is sanitised HTML; code is plain text. */
export type LabBlock = { when?: Condition } & (
  | { type: 'html'; html: string }
  | { type: 'run'; id: string; machine: string; language: string; code: string }
  | { type: 'file'; id: string; path: string; language: string; code: string }
  | { type: 'code'; language: string; code: string }
  | { type: 'check'; check: CheckSpec }
  | { type: 'quiz'; quiz: Quiz }
  | { type: 'hint'; title: string; html: string }
);

export interface LabStep { id: string; title: string; blocks: LabBlock[] }

/** One Kubernetes object of a manifest, as parsed. */
export interface Manifest { apiVersion: string; kind: string; metadata: { name: string; namespace?: string; [key: string]: unknown }; [key: string]: unknown }

/** A script beside a lab: a solution or a mistake. `catches` names the checks that must see the mistake; `freshCluster` asks for an unused one. */
export interface LabScript { name: string; file: string; text: string; catches: string[]; freshCluster: boolean }

/** A lab, whole. `folder` is absolute; `number` and `namespace` (`lab-NN`) come from the folder's name. */
export interface Lab {
  id: LabId;
  workshopId: string;
  number: number;
  title: string;
  summary: string;
  minutes: number;
  objectives: string[];
  needs: Needs;
  namespace: string;
  folder: string;
  intro: LabBlock[];
  steps: LabStep[];
  /** Every check in the order of the page, `namespace` filled in. */
  checks: CheckSpec[];
  quizzes: Quiz[];
  /** Sum of the checks' points. */
  points: number;
  /** Objects of setup/, in file order. */
  setup: Manifest[];
  solutions: LabScript[];
  mistakes: LabScript[];
}

export interface Workshop { id: string; title: string; summary: string; folder: string; labs: Lab[] }

/** What the page fills in from the student's cluster. `machines` as ClusterHandle or ClusterView list them; `can` tells what the cluster offers beyond them. */
export interface LabValues {
  provider: string;
  networkPlugin: string;
  machines: readonly { name: string; role: 'control-plane' | 'worker' | 'workstation' | 'outside'; address: string; podCidr?: string }[];
  can?: { nodeShell?: boolean; ingress?: boolean; loadBalancer?: boolean; images?: readonly string[] };
}
