// Does an object conform to the schema of its kind, unknown fields included?
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { overriddenPod } from "./objects.mjs";

const packages = {
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "postgresql.cnpg.io": "@kubernetes-models/cloudnative-pg",
};
const own = {
  "rabbitmq.com/v1beta1/RabbitmqCluster": "rabbitmqcluster.schema.json",
};

// The validator of a kind of a package, or null. It returns what is wrong, but it lets unknown fields pass.
async function modelValidator(apiVersion, kind) {
  const name = packages[apiVersion.split("/")[0]] ?? "kubernetes-models";
  const model = await import(`${name}/${apiVersion}/${kind}`).catch((error) => {
    if (error.message.includes(`${apiVersion}/${kind}`)) return null;
    throw error;
  });
  return model && ((object) => {
    try {
      model[kind].prototype.validate.call(object);
      return [];
    } catch (error) {
      if (!error.errors) throw error;
      return error.errors.map((one) => `${one.instancePath.slice(1)} ${one.message}`);
    }
  });
}

function ownValidator(file) {
  const schema = JSON.parse(readFileSync(new URL(file, import.meta.url)));
  const check = new Ajv({ allErrors: true }).compile(schema);
  return (object) => {
    check(object);
    return (check.errors ?? []).map((one) =>
      one.keyword === "additionalProperties" ? `unknown field ${one.instancePath.slice(1)}/${one.params.additionalProperty}`
        : `${one.instancePath.slice(1)} ${one.message}`);
  };
}

const validators = new Map();
async function validator(apiVersion, kind) {
  const id = `${apiVersion}/${kind}`;
  if (!validators.has(id)) validators.set(id, own[id] ? ownValidator(own[id]) : await modelValidator(apiVersion, kind));
  return validators.get(id);
}

// Passes the value on and notes in `asked`, for each object in it, the members that somebody asks for.
function observe(value, path, asked) {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get(target, name) {
      if (typeof name !== "string") return target[name];
      if (!asked.has(path)) asked.set(path, new Set());
      asked.get(path).add(name);
      return observe(target[name], `${path}/${name}`, asked);
    },
  });
}

// A validator asks for every field that its schema knows. So a field that it never asks for is unknown; where it asks for
// none, the schema allows any.
function* unknownFields(value, path, asked) {
  if (value === null || typeof value !== "object" || !asked.has(path)) return;
  for (const name of Object.keys(value)) {
    if (asked.get(path).has(name)) yield* unknownFields(value[name], `${path}/${name}`, asked);
    else yield `${path}/${name}`.slice(1);
  }
}

export async function schemaProblems(object) {
  const { apiVersion, kind } = object;
  const validate = await validator(apiVersion, kind);
  if (!validate) return [`there is no schema of ${apiVersion} ${kind}: see tools/manifests/schema.mjs`];
  const asked = new Map();
  const problems = validate(observe(object, "", asked));
  const unknown = [...unknownFields(object, "", asked)].map((field) => `unknown field ${field}`);
  const pod = overriddenPod(object);
  const inPod = pod ? await schemaProblems({ apiVersion: "v1", kind: "Pod", metadata: {}, spec: pod }) : [];
  return [...new Set([...problems, ...unknown]), ...inPod.map((text) => `in its override: ${text}`)];
}
