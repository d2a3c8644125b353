// Bundles the tablet app into static/tablet and lists what a device must keep to start offline.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const out = new URL('../static/tablet/', import.meta.url);
rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: new URL('.', import.meta.url).pathname,
  entryPoints: { app: 'src/app.js' },
  outdir: out.pathname,
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  target: ['chrome100', 'firefox110', 'safari16'],
  chunkNames: 'part-[hash]',
  assetNames: 'file-[hash]',
  define: {
    'process.env.NODE_ENV': '"production"',
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  legalComments: 'linked',
});
const files = readdirSync(out).filter((name) => /\.(js|css)$/.test(name)).sort();
const digest = createHash('sha256');
for (const name of files) digest.update(name).update(readFileSync(new URL(name, out)));
const worker = readFileSync(new URL('src/worker.js', import.meta.url), 'utf8');
digest.update(worker);
writeFileSync(new URL('worker.txt', out), worker);
const made = { version: digest.digest('hex').slice(0, 12), files };
writeFileSync(new URL('made.json', out), `${JSON.stringify(made, null, 1)}\n`);
console.log(`static/tablet: ${files.length} files, version ${made.version}`);
