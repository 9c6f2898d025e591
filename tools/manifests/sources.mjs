// Rules for the files under k8s/, before anything is rendered.
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { files } from "./render.mjs";

const kPublished = ["not-a-secret", "password", "..."];

function secretsIn(text) {
  const passwords = [...text.matchAll(/:\/\/[^\s:/@]*:([^\s@/]+)@/g)].map(([, password]) => password);
  return [
    ...passwords.filter((one) => !kPublished.includes(one)).map((one) => `the password ${one} looks like a real one`),
    ...(/BEGIN [A-Z ]*PRIVATE KEY/.test(text) ? ["it contains a private key"] : []),
  ];
}

// One file, its text, and the kustomization beside it as an object.
export function fileProblems(name, text, kustomization) {
  const problems = secretsIn(text);
  const inOverlay = name.startsWith("overlays/");
  const isYaml = name.endsWith(".yaml");
  const documents = isYaml ? parseAllDocuments(text).map((one) => one.toJS()) : [];
  // Other YAML, such as rules for Prometheus itself, has no kind.
  const objects = documents.filter((one) => one?.kind);
  if (objects.length && documents.length > 1) problems.push("it has more than one object");
  if (!inOverlay && documents.some((one) => one?.metadata?.namespace ?? one?.namespace)) problems.push("it names a namespace");
  const isUsed = /README\.md$|kustomization\.yaml$/.test(name) || JSON.stringify(kustomization ?? {}).includes(`"${basename(name)}"`);
  if (!isUsed && (objects.length || !isYaml)) problems.push("no kustomization uses it");
  return problems.map((one) => `${name}: ${one}`);
}

export function sourceProblems(top) {
  const root = join(top, "k8s");
  return [...files(root)].flatMap((file) => {
    const beside = join(dirname(file), "kustomization.yaml");
    const kustomization = existsSync(beside) ? parse(readFileSync(beside, "utf8")) : null;
    return fileProblems(relative(root, file), readFileSync(file, "utf8"), kustomization);
  });
}

// The secrets that a user brings, from the table in k8s/README.md: the keys of each are the words in the row and in the text.
export function documentedSecrets(top) {
  const text = readFileSync(join(top, "k8s/README.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(esteira-[a-z]+)` \|/gm)].map(([, name]) => name);
  const words = [...text.matchAll(/`([A-Za-z._]+)`/g)].map(([, word]) => word);
  return new Map(rows.map((name) => [name, words]));
}
