// How the pages are built: one static folder, build/web, that the server hands out under a strict content security policy.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const modernBrowsers = ['chrome123', 'edge123', 'firefox121', 'safari17.5'];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    target: modernBrowsers,
    // light-dark() stays as written; older targets would expand every token twice.
    cssTarget: modernBrowsers,
    // The policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    // The lab chunk carries xterm; nothing else is near the limit.
    chunkSizeWarningLimit: 800,
  },
});
