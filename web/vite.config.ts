import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const server = process.env.PARLANCE_URL ?? 'http://localhost:8000';
const proxied = { target: server, ws: true };

const socket = /node_modules[\\/](@socket\.io|socket\.io|engine\.io)/;
const shared = /node_modules|vite[\\/]|rolldown|web[\\/]src[\\/](look|client)[\\/]/;

/** Every page at the top of this folder is a page of its own: `playground.html` is served at `/playground`. */
export default defineConfig({
  root,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The pages must work where no inline script and no data: script may run.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: globSync('*.html', { cwd: root }).map((page) => `${root}${page}`),
      output: {
        codeSplitting: {
          groups: [
            // Neither signing in nor the console speaks over it.
            { name: 'socket', test: socket, priority: 1 },
            // What pages share is one file: cut into the pieces that any two of them share, it would compress worse.
            { name: 'shared', test: shared, minShareCount: 2 },
          ],
        },
      },
    },
  },
  // `npm run dev:web`: the pages with their sources, talking to a server that runs beside.
  server: {
    proxy: Object.fromEntries(
      ['/api', '/socket.io', '/ws', '/files', '/sign-in', '/web-settings', '/health', '/docs', '/swagger'].map(
        (path) => [path, proxied],
      ),
    ),
  },
});
