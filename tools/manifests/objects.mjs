// What the rules look at: objects of Kubernetes as kustomize renders them.

export const title = (object) => `${object.kind} ${object.metadata.name}`;
export const ofKind = (objects, ...kinds) => objects.filter((object) => kinds.includes(object.kind));
export const list = (value) => value ?? [];
export const isEmpty = (selector) =>
  !Object.keys(selector?.matchLabels ?? {}).length && !list(selector?.matchExpressions).length;

// The pods of an object: their template, or null.
export function template(object) {
  const { kind, spec } = object;
  if (kind === "CronJob") return spec.jobTemplate.spec.template;
  if (["Deployment", "StatefulSet", "Job", "DaemonSet"].includes(kind)) return spec.template;
  return null;
}
export const withPods = (objects) => objects.filter(template);
export const containers = (pod) => [...list(pod.containers), ...list(pod.initContainers)];

// The pods of an operator, as far as we say how they are, and the labels that it gives them.
export const overriddenPod = (object) => object.spec?.override?.statefulSet?.spec?.template?.spec;
export const operatorLabels = ({ kind, metadata: { name } }) => ({
  RabbitmqCluster: { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "rabbitmq" },
  Cluster: { "cnpg.io/cluster": name },
})[kind];

export function matches(selector, labels) {
  const has = ([name, value]) => labels?.[name] === value;
  const fits = ({ key, operator, values }) => ({
    In: () => values.includes(labels?.[key]), NotIn: () => !values.includes(labels?.[key]),
    Exists: () => key in (labels ?? {}), DoesNotExist: () => !(key in (labels ?? {})),
  })[operator]();
  return Object.entries(selector?.matchLabels ?? {}).every(has) && list(selector?.matchExpressions).every(fits);
}
export const podsOf = (objects, selector) => withPods(objects).filter((one) => matches(selector, template(one).metadata?.labels));
export const portsOf = (object) => containers(template(object).spec).flatMap((one) => list(one.ports));

// Whether an operator makes pods that a selector matches.
export const matchesOperator = (objects, selector) =>
  objects.some((one) => operatorLabels(one) && matches(selector, operatorLabels(one)));

// The program of Esteira that a container runs: esteira-api, esteira-host, esteira, or null.
export const program = (container) =>
  /^esteira(-api|-host)?$/.test(container.args?.[0] ?? "") ? container.args[0] : null;

// The environment of a container: the values of its ConfigMaps, then its own. A value from a secret is null.
export function environment(container, objects) {
  const variables = {};
  for (const { configMapRef } of list(container.envFrom)) {
    const map = configMapRef && objects.find((one) => one.kind === "ConfigMap" && one.metadata.name === configMapRef.name);
    Object.assign(variables, map?.data);
  }
  for (const { name, value } of list(container.env)) variables[name] = value ?? null;
  return variables;
}

// Every name of a ConfigMap or of a Secret that an object refers to: {kind, name, key, optional}.
export function references(object) {
  const found = [];
  const add = (kind, ref, key) => ref && found.push({ kind, name: ref.name ?? ref.secretName, key, optional: ref.optional });
  for (const { name, key } of list(object.kind === "TriggerAuthentication" && object.spec.secretTargetRef || [])) {
    add("Secret", { name }, key);
  }
  const pod = template(object)?.spec;
  if (!pod) return found;
  for (const container of containers(pod)) {
    for (const { configMapRef, secretRef } of list(container.envFrom)) {
      add("ConfigMap", configMapRef);
      add("Secret", secretRef);
    }
    for (const { valueFrom } of list(container.env)) {
      add("ConfigMap", valueFrom?.configMapKeyRef, valueFrom?.configMapKeyRef?.key);
      add("Secret", valueFrom?.secretKeyRef, valueFrom?.secretKeyRef?.key);
    }
  }
  for (const volume of list(pod.volumes)) {
    for (const { configMap, secret } of [volume, ...list(volume.projected?.sources)]) {
      add("ConfigMap", configMap);
      for (const { key } of list(secret?.items)) add("Secret", secret, key);
      if (secret && !secret.items) add("Secret", secret);
    }
  }
  return found;
}
