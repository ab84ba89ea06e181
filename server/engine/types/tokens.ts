// Service account tokens as the registry asks for them.

/** A token that is wanted: for whom, for which audiences, for how long, and bound to which pod. */
export interface TokenClaims { namespace: string; serviceAccount: { name: string; uid: string }; audiences: string[]; expirationSeconds: number; pod?: { name: string; uid: string } }

/** Signs tokens; `audience` is the API's own. `expiresAt` in ms since the epoch. */
export interface TokenSigner { audience: string; sign(claims: TokenClaims): { token: string; expiresAt: number } }
