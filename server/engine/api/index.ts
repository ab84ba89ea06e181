// The API room's door: the Kubernetes API over HTTPS.
export type { AuthOptions, UserInfo } from './auth.ts';
export type { VersionInfo } from './exchange.ts';
export { startApiServer, type ApiServer, type ApiServerOptions, type ListenAddress, type TlsFiles } from './server.ts';
