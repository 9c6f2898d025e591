// Renders every overlay, and every component in a throw-away overlay.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { parseAllDocuments, parse, stringify } from "yaml";

export function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* files(join(folder, entry.name));
    else yield join(folder, entry.name);
  }
}

const kustomizations = (top) => [...files(join(top, "k8s"))].filter((file) => basename(file) === "kustomization.yaml")
  .map((file) => ({ folder: dirname(file), content: parse(readFileSync(file, "utf8")) }));

// A component that changes the Deployment of a stage folder is used by that folder, not by an overlay.
const kOfStages = ["external-plugin", "external-plugin-init"];

function throwAway(top, component, folder) {
  const path = (to) => relative(folder, join(top, to));
  const stages = readdirSync(join(top, "k8s/components/stages"));
  const components = [relative(folder, component)];
  if (!kOfStages.includes(basename(component))) {
    return { resources: [path("k8s/base"), ...stages.map((stage) => path(`k8s/components/stages/${stage}`))], components };
  }
  const labels = ["name: esteira", "part-of: esteira", "component: try"].map((one) => one.split(": "));
  return {
    resources: [path("k8s/base/host")],
    components,
    nameSuffix: "-try",
    labels: [{
      pairs: Object.fromEntries(labels.map(([name, value]) => [`app.kubernetes.io/${name}`, value])),
      includeSelectors: true, includeTemplates: true,
    }],
    configMapGenerator: [{ name: "esteira", literals: [`ESTEIRA_PLUGIN=${stages[0]}`] }],
    images: [{ name: "esteira-plugin", newName: "registry.example/plugin", newTag: "1.0.0" }],
  };
}

// Kustomize breaks long values of secrets into lines.
export const parseObjects = (text) => parseAllDocuments(text).map((one) => one.toJS()).map((object) => {
  const joined = Object.entries(object.data ?? {}).map(([key, value]) => [key, value.replaceAll("\n", "")]);
  return object.kind === "Secret" ? { ...object, data: Object.fromEntries(joined) } : object;
});

// {name, isOverlay, objects}, or {name, failure} when kustomize refuses the folder.
function render(kubectl, name, isOverlay, folder) {
  try {
    const text = execFileSync(kubectl, ["kustomize", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return { name, isOverlay, objects: parseObjects(text) };
  } catch (error) {
    return { name, failure: String(error.stderr || error.message).trim().split("\n").pop() };
  }
}

// Renders a kustomization that is written into `folder`.
export function renderThrowAway(kubectl, name, kustomization, folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kustomization.yaml"), stringify(kustomization));
  return render(kubectl, name, false, folder);
}

export function renderAll(top, kubectl, scratch) {
  rmSync(scratch, { recursive: true, force: true });
  return kustomizations(top).flatMap(({ folder, content }) => {
    const name = relative(join(top, "k8s"), folder);
    if (name.startsWith("overlays/")) return [render(kubectl, name, true, folder)];
    if (content.kind !== "Component") return [];
    const overlay = join(scratch, name);
    return [renderThrowAway(kubectl, name, throwAway(top, folder, overlay), overlay)];
  });
}
