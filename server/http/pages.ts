// The built pages: hashed files for ever, everything a reader may have in the address bar as the one page.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import { HttpError } from './errors.ts';

/** Addresses of pages; the page itself tells the rest apart. */
const pagePaths = /^\/(join(\/[^/]+)?|labs(\/.+)?|instructor(\/.*)?|help)?\/?$/;

/** Serves the folder that Vite built. Unknown addresses get the page too, with 404, since it can say so better. */
export function servePages(webRoot: string | undefined): RequestHandler {
  const router = Router();
  if (webRoot !== undefined) {
    router.use('/assets', express.static(join(webRoot, 'assets'), { immutable: true, maxAge: '1y', index: false, fallthrough: true }));
    router.use(express.static(webRoot, { index: false, maxAge: '1h' }));
  }
  router.use(function page(request, response, next) {
    const known = pagePaths.test(request.path);
    // Whoever takes anything gets a page that is there, and a short answer where there is none.
    const wanted = known ? request.accepts('html') !== false : request.accepts(['json', 'html']) === 'html';
    if ((request.method !== 'GET' && request.method !== 'HEAD') || !wanted || request.path.startsWith('/assets/')) throw new HttpError('not-found', 'There is nothing here.');
    if (webRoot === undefined || !existsSync(join(webRoot, 'index.html'))) {
      response.status(503).type('text').send('The pages are not built yet. Run npm start.\n');
      return;
    }
    response.status(known ? 200 : 404).sendFile('index.html', { root: webRoot, headers: { 'Cache-Control': 'no-cache' }, cacheControl: false }, (error) => { if (error) next(error); });
  });
  return router;
}
