// Reads the letters of a folder with npm's mailparser; says the CPU time of one, in milliseconds.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, packages] = process.argv.slice(2);
const { simpleParser } = createRequire(join(packages, "x.js"))("mailparser");
const letters = readdirSync(folder).map((name) => readFileSync(join(folder, name)));

for (const letter of letters.slice(0, 500)) {
  await simpleParser(letter);
}
const begun = process.cpuUsage();
for (const letter of letters) {
  const { subject, from, text } = await simpleParser(letter);
  if (!(subject.includes("お問い合わせ") && from.text.includes("@") && text.trim())) {
    throw new Error(`not read: ${subject}`);
  }
}
const { user, system } = process.cpuUsage(begun);
console.log((user + system) / 1000 / letters.length);
