// rbac.authorization.k8s.io/v1: roles, and who has them.
import type { KubeObject, LabelSelector } from './meta.ts';

export interface PolicyRule { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[]; nonResourceURLs?: string[] }
export interface Role extends KubeObject { kind: 'Role'; rules?: PolicyRule[] | null }
export interface ClusterRole extends KubeObject { kind: 'ClusterRole'; rules?: PolicyRule[] | null; aggregationRule?: { clusterRoleSelectors?: LabelSelector[] } }

export interface RoleRef { apiGroup: string; kind: string; name: string }
export interface Subject { kind: string; apiGroup?: string; name: string; namespace?: string }
export interface RoleBinding extends KubeObject { kind: 'RoleBinding'; subjects?: Subject[]; roleRef: RoleRef }
export interface ClusterRoleBinding extends KubeObject { kind: 'ClusterRoleBinding'; subjects?: Subject[]; roleRef: RoleRef }
