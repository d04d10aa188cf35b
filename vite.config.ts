// Builds the editor: static files that our own server serves under a strict Content-Security-Policy.
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { validatorsAheadOfTime } from './scripts/validators.ts';

const root = import.meta.dirname;

export default defineConfig({
  root: path.join(root, 'editor'),
  base: './',
  plugins: [react(), validatorsAheadOfTime(path.join(root, 'engine/compile/validators.ts'))],
  worker: {
    format: 'es',
    plugins: () => [validatorsAheadOfTime(path.join(root, 'engine/compile/validators.ts'))],
  },
  build: {
    outDir: path.join(root, 'dist/editor'),
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2_500,
  },
});
