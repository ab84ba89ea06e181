// Service account tokens: signed JSON Web Tokens (RFC 7519, ES256) in the claims of Kubernetes, checked against what still exists.
import { createPrivateKey, createPublicKey, randomUUID, sign, verify } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../types/client.ts';
import * as resources from '../types/resources.ts';
import type { KubeObject } from '../types/meta.ts';
import type { TokenClaims, TokenSigner } from '../types/tokens.ts';

/** Who the tokens are from, and whom they are for when nothing else is asked. */
export const issuer = 'https://kubernetes.default.svc.cluster.local';
const shortestSeconds = 600;

interface Claims {
  iss: string; sub: string; aud: string[]; exp: number; iat: number; nbf: number; jti: string;
  'kubernetes.io': { namespace: string; serviceaccount: { name: string; uid: string }; pod?: { name: string; uid: string } };
}

/** A request for a token; `pod` binds it to that pod's life. */
export interface TokenRequest { namespace: string; serviceAccount: string; audience?: string; expirationSeconds: number; pod?: { name: string; uid: string } }

/** The user behind a valid token. */
export interface TokenUser { username: string; uid: string; groups: string[] }

/** Issues and checks; `expiresAt` in ms since the epoch. `sign` trusts what it is told of the account. */
export interface ServiceAccountTokens extends TokenSigner {
  /** Throws StatusError NotFound for no such account. */
  issue(request: TokenRequest): Promise<{ token: string; expiresAt: number }>;
  /** Undefined for a token that is forged, expired, for another audience, or whose account or pod is gone. */
  tryUser(token: string): TokenUser | undefined;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** `privateKey` is a PEM text of a P-256 key. */
export function createServiceAccountTokens(client: Client, privateKey: string, clock: Clock): ServiceAccountTokens {
  const key = createPrivateKey(privateKey);
  const publicKey = createPublicKey(key);
  const head = encode({ alg: 'ES256', typ: 'JWT' });
  const accounts = client.informer(resources.serviceAccounts);
  const pods = client.informer(resources.pods);
  const same = (object: KubeObject | undefined, uid: string) => object?.metadata.uid === uid;

  function tryClaims(token: string): Claims | undefined {
    const [first, second, third, more] = token.split('.');
    if (first === undefined || second === undefined || third === undefined || more !== undefined) return undefined;
    try {
      if ((JSON.parse(Buffer.from(first, 'base64url').toString()) as { alg?: string }).alg !== 'ES256') return undefined;
      if (!verify('sha256', Buffer.from(`${first}.${second}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(third, 'base64url'))) return undefined;
      return JSON.parse(Buffer.from(second, 'base64url').toString()) as Claims;
    } catch {
      return undefined;
    }
  }

  function signClaims({ namespace, serviceAccount, audiences, expirationSeconds, pod }: TokenClaims): { token: string; expiresAt: number } {
    const now = Math.floor(clock.now() / 1000);
    const exp = now + Math.max(shortestSeconds, expirationSeconds);
    const claims: Claims = {
      iss: issuer, sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`, aud: audiences, exp, iat: now, nbf: now, jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: serviceAccount, ...(pod ? { pod } : {}) },
    };
    const body = `${head}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    return { token: `${body}.${signature}`, expiresAt: exp * 1000 };
  }

  return {
    audience: issuer,
    sign: signClaims,
    async issue({ namespace, serviceAccount, audience, expirationSeconds, pod }) {
      const { metadata } = await client.get(resources.serviceAccounts, { namespace, name: serviceAccount });
      return signClaims({ namespace, serviceAccount: { name: serviceAccount, uid: metadata.uid! }, audiences: [audience ?? issuer], expirationSeconds, ...(pod ? { pod } : {}) });
    },
    tryUser(token) {
      const claims = tryClaims(token);
      if (!claims || claims.iss !== issuer || !claims.aud.includes(issuer) || claims.exp * 1000 <= clock.now()) return undefined;
      const { namespace, serviceaccount, pod } = claims['kubernetes.io'];
      if (!same(accounts.get({ namespace, name: serviceaccount.name }), serviceaccount.uid)) return undefined;
      if (pod && !same(pods.get({ namespace, name: pod.name }), pod.uid)) return undefined;
      return { username: claims.sub, uid: serviceaccount.uid, groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] };
    },
  };
}
