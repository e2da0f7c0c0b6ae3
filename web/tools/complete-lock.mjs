// Run after `npm install` has rewritten package-lock.json: `node tools/complete-lock.mjs`.
// npm leaves out optional packages that the registry at hand does not carry, such as binaries for other systems, and
// `npm ci` then refuses the whole file. Named here with their system, they are complete and simply not installed.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const systems = /-(android|darwin|freebsd|linux|win32)-(arm64|arm|ia32|x64)(?:-(gnu|musl))?$/;

for (const [at, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] || lock.packages[`${at}/node_modules/${name}`]) continue;
    const system = systems.exec(name);
    if (!system) throw new Error(`${name} is optional for ${at} and names no system: add it by hand`);
    const [, os, cpu, libc] = system;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      dev: parent.dev,
      ...(os === 'linux' ? { libc: [libc === 'musl' ? 'musl' : 'glibc'] } : {}),
      license: parent.license,
      optional: true,
      os: [os],
      engines: parent.engines,
    };
    console.log(`added ${name} ${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
