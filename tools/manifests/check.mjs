// check.mjs TOP KUBECTL PROGRAMS: checks the manifests in TOP/k8s with the programs in the folder PROGRAMS, and prints what is wrong, one
// line each. When nothing is wrong, it plants mistakes and sees that it finds them.
import { fileURLToPath } from "node:url";
import { missedMistakes } from "./mistakes.mjs";
import { title } from "./objects.mjs";
import { readSettings, settingProblems } from "./programs.mjs";
import { renderAll, renderThrowAway } from "./render.mjs";
import { rules } from "./rules.mjs";
import { schemaProblems } from "./schema.mjs";
import { documentedSecrets, sourceProblems } from "./sources.mjs";

// Everything that is wrong with one rendering.
async function problemsOf({ isOverlay, objects }, { programs, settings, secrets }) {
  const problems = [];
  for (const object of objects) {
    for (const text of await schemaProblems(object)) problems.push(`${title(object)}: ${text}`);
  }
  if (problems.length) return problems;  // The rules rely on the schema.
  const about = { isOverlay, settings, secrets };
  return [...rules.flatMap((rule) => rule(objects, about)), ...settingProblems(objects, programs)];
}

async function main(top, kubectl, programs) {
  const about = { programs, settings: readSettings(programs), secrets: documentedSecrets(top) };
  const scratch = fileURLToPath(new URL("try", import.meta.url));
  const renderings = renderAll(top, kubectl, scratch);
  const problems = new Map(sourceProblems(top).map((text) => [text, []]));
  for (const rendering of renderings) {
    for (const text of rendering.failure ? [rendering.failure] : await problemsOf(rendering, about)) {
      problems.set(text, [...(problems.get(text) ?? []), rendering.name]);
    }
  }
  // What is wrong in base/ is wrong in every rendering, and is told once.
  for (const [text, names] of problems) {
    const others = names.length > 1 ? ` (and in ${names.length - 1} other renderings)` : "";
    console.log(`k8s/${[...names.slice(0, 1), text].join(": ")}${others}`);
  }
  const count = renderings.flatMap((one) => one.objects ?? []).length;
  const { planted, missed } = problems.size ? { missed: [] } : await missedMistakes(renderings,
    (one) => problemsOf(one, about), (one) => renderThrowAway(kubectl, "try", one, `${scratch}/mistake`));
  for (const text of missed) console.log(text);
  console.log(`${renderings.length} renderings with ${count} objects: ${problems.size || "no"} problems`);
  if (planted) console.log(`${planted - missed.length} of ${planted} planted mistakes are found`);
  process.exitCode = problems.size || missed.length ? 1 : 0;
}

await main(...process.argv.slice(2));
