// Our rules for rendered manifests. A rule gets the objects of one rendering and says in one line each what is wrong. `about` has
// `isOverlay`, `settings` (of the programs, see programs.mjs) and `secrets` (the keys of the secrets that a user brings).
import {
  containers, environment, isEmpty, list, matches, matchesOperator, ofKind, overriddenPod, podsOf, portsOf, program, references, template, title,
  withPods,
} from "./objects.mjs";
import { milliseconds } from "./programs.mjs";

const forEachContainer = (objects, check) => withPods(objects).flatMap((object) =>
  containers(template(object).spec).flatMap((container) =>
    check(container, object).map((text) => `${title(object)}: container ${container.name} ${text}`)));

const amounts = ({ requests, limits } = {}) => [
  ...(requests?.cpu && requests?.memory ? [] : ["does not request CPU and memory"]),
  ...(limits?.memory ? [] : ["has no limit of memory"]),
];
const resources = (objects) => [
  ...forEachContainer(objects, (container) => amounts(container.resources)),
  ...ofKind(objects, "Cluster", "RabbitmqCluster").flatMap((one) => amounts(one.spec.resources).map((text) => `${title(one)}: ${text}`)),
];

const probes = (objects) => ofKind(objects, "Deployment", "StatefulSet").flatMap((object) =>
  template(object).spec.containers.flatMap((container) => ["livenessProbe", "readinessProbe"]
    .filter((name) => !container[name])
    .map((name) => `${title(object)}: container ${container.name} has no ${name}`)));

// The volumes that `restricted` admits.
const kVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

function podContext(pod) {
  const { securityContext: context = {} } = pod;
  return [
    ...(context.runAsNonRoot === true ? [] : ["does not set runAsNonRoot"]),
    ...(context.runAsUser > 0 ? [] : ["has no numeric user"]),
    ...(context.seccompProfile?.type === "RuntimeDefault" ? [] : ["does not set seccompProfile RuntimeDefault"]),
    ...["hostNetwork", "hostPID", "hostIPC"].filter((name) => pod[name]).map((name) => `sets ${name}`),
    ...list(pod.volumes).flatMap(({ name, ...kinds }) => Object.keys(kinds)
      .filter((kind) => !kVolumes.includes(kind)).map((kind) => `has the volume ${name} of the kind ${kind}`)),
  ];
}

function containerContext({ securityContext: context = {}, ports, name }) {
  return [
    ...(context.allowPrivilegeEscalation === false ? [] : ["does not forbid allowPrivilegeEscalation"]),
    ...(context.capabilities?.drop?.includes("ALL") && !context.capabilities.add ? [] : ["does not drop all capabilities"]),
    ...(context.readOnlyRootFilesystem === true ? [] : ["has no readOnlyRootFilesystem"]),
    ...(context.privileged ? ["is privileged"] : []),
    ...(context.runAsNonRoot === false || context.runAsUser === 0 ? ["runs as root"] : []),
    ...(list(ports).some((port) => port.hostPort) ? ["has a hostPort"] : []),
  ].map((text) => `container ${name} ${text}`);
}

// Pod Security `restricted`, a read-only root filesystem, a numeric user, and no access to the cluster.
const contexts = (objects) => objects.flatMap((object) => {
  const pod = template(object)?.spec;
  const context = pod ?? overriddenPod(object);
  if (!context) return [];
  return [
    ...podContext(context), ...containers(context).flatMap(containerContext),
    ...(pod && pod.automountServiceAccountToken !== false ? ["does not set automountServiceAccountToken: false"] : []),
    ...(pod && pod.enableServiceLinks !== false ? ["does not set enableServiceLinks: false"] : []),
    ...(pod && !objects.some((one) => one.kind === "ServiceAccount" && one.metadata.name === pod.serviceAccountName)
      ? ["has no ServiceAccount of its own"] : []),
  ].map((text) => `${title(object)}: ${text}`);
});

const accounts = (objects) => ofKind(objects, "ServiceAccount").filter((one) => one.automountServiceAccountToken !== false)
  .map((one) => `${title(one)}: does not set automountServiceAccountToken: false`);

const labels = (objects) => objects.flatMap((object) => {
  const wanted = ["app.kubernetes.io/part-of"];
  if (template(object)) wanted.push("app.kubernetes.io/name");
  const missing = (of, where) => wanted.filter((name) => !of.metadata?.labels?.[name])
    .map((name) => `${title(object)}: ${where} no label ${name}`);
  return [...missing(object, "has"), ...(template(object) ? missing(template(object), "its pods have") : [])];
});

const images = (objects) => objects.flatMap((object) => {
  const pod = template(object)?.spec ?? {};
  const names = [...containers(pod).map((one) => one.image), ...list(pod.volumes).map((one) => one.image?.reference),
    object.spec?.imageName, object.spec?.image].filter((name) => typeof name === "string");
  return [
    ...names.filter((name) => !/@sha256:|:[^/:]+$/.test(name) || name.endsWith(":latest")).map((name) => `${name} has no fixed tag`),
    ...names.filter((name) => name.startsWith("esteira-plugin:")).map((name) => `${name} is none: a stage names its own`),
  ].map((text) => `${title(object)}: the image ${text}`);
});

// An empty selector matches everything. It is meant in a NetworkPolicy alone.
const selectors = (objects) => objects.filter((one) => one.kind !== "NetworkPolicy").flatMap((object) => {
  const spread = list(template(object)?.spec.topologySpreadConstraints).map((one) => one.labelSelector);
  const own = "selector" in (object.spec ?? {})
    ? [object.kind === "Service" ? { matchLabels: object.spec.selector } : object.spec.selector] : [];
  return [
    ...[...own, ...spread].filter(isEmpty).map(() => `${title(object)}: has an empty selector`),
    ...own.filter((one) => !podsOf(objects, one).length && !matchesOperator(objects, one))
      .map(() => `${title(object)}: its selector matches no pods`),
  ];
});

// A drained node or a lost zone takes some of the pods of a Deployment, not all.
const spread = (objects) => ofKind(objects, "Deployment").flatMap((object) => {
  const { metadata, spec } = template(object);
  const keys = list(spec.topologySpreadConstraints).map((one) => one.topologyKey);
  return [
    ...(ofKind(objects, "PodDisruptionBudget").some((one) => matches(one.spec.selector, metadata.labels)) ? []
      : ["has no PodDisruptionBudget"]),
    ...(["topology.kubernetes.io/zone", "kubernetes.io/hostname"].every((key) => keys.includes(key)) ? []
      : ["is not spread over zones and nodes"]),
  ].map((text) => `${title(object)}: ${text}`);
});

// A commit, and so a 202, survives the loss of the primary.
const durability = (objects) => ofKind(objects, "Cluster").filter(({ spec: { instances, postgresql } }) => {
  const { number, failoverQuorum, dataDurability = "required" } = postgresql?.synchronous ?? {};
  return instances < 3 || !(number >= 1) || !failoverQuorum || dataDurability !== "required";
}).map((one) => `${title(one)}: a commit does not survive a failover`);

// Where there are policies, everything is closed both ways, and each opening names its ports and who is let through.
function policies(objects) {
  const all = ofKind(objects, "NetworkPolicy");
  if (!all.length) return [];
  const denies = ({ spec }) => isEmpty(spec.podSelector) && ["Ingress", "Egress"].every((type) =>
    spec.policyTypes?.includes(type) && !spec[type.toLowerCase()]);
  const openings = all.flatMap((policy) => [
    ...list(policy.spec.ingress).map((rule) => ({ policy, rule, peers: rule.from, way: "ingress" })),
    ...list(policy.spec.egress).map((rule) => ({ policy, rule, peers: rule.to, way: "egress" })),
  ]);
  const isAnybody = (peer) => Object.entries(peer).every(([kind, value]) => kind !== "ipBlock" && isEmpty(value));
  return [
    ...(all.some(denies) ? [] : ["no NetworkPolicy closes everything both ways"]),
    ...openings.flatMap(({ policy, rule, peers, way }) => [
      ...(list(rule.ports).length && rule.ports.every((one) => one.port) ? [] : ["names no ports"]),
      ...(list(peers).length && !peers.some(isAnybody) ? [] : ["names nobody"]),
    ].map((text) => `${title(policy)}: its ${way} ${text}`)),
  ];
}

// Names of ports and of Services that something refers to.
function portNames(objects) {
  const named = (name, pods) => typeof name !== "string" || pods.every((pod) => portsOf(pod).some((port) => port.name === name));
  const problems = (object, names, pods) => names.filter((name) => !named(name, pods))
    .map((name) => `${title(object)}: no container has a port ${name}`);
  const backend = (object, name, port) => {
    const service = ofKind(objects, "Service").find((one) => one.metadata.name === name);
    return service?.spec.ports.some((one) => one.port === port || one.name === port) ? []
      : [`${title(object)}: there is no Service ${name} with the port ${port}`];
  };
  return objects.flatMap((object) => {
    const { kind, spec } = object;
    if (template(object)) {
      const names = containers(template(object).spec).flatMap((one) =>
        [one.startupProbe, one.livenessProbe, one.readinessProbe].flatMap((probe) => (probe?.httpGet ?? probe?.tcpSocket)?.port ?? []));
      return problems(object, [...new Set(names)], [object]);
    }
    if (kind === "Service") return problems(object, spec.ports.map((one) => one.targetPort), podsOf(objects, { matchLabels: spec.selector }));
    if (kind === "PodMonitor") {
      return spec.podMetricsEndpoints.map((one) => one.port)
        .filter((port) => !podsOf(objects, spec.selector).some((pod) => named(port, [pod])) && !matchesOperator(objects, spec.selector))
        .map((port) => `${title(object)}: no container has a port ${port}`);
    }
    if (kind === "NetworkPolicy") {
      const names = list(spec.ingress).flatMap((rule) => list(rule.ports).map((one) => one.port));
      return problems(object, names, podsOf(objects, spec.podSelector));
    }
    if (kind === "HTTPRoute") return spec.rules.flatMap((rule) => rule.backendRefs.flatMap((one) => backend(object, one.name, one.port)));
    if (kind === "Ingress") {
      return spec.rules.flatMap((rule) => rule.http.paths.flatMap(({ backend: { service } }) =>
        backend(object, service.name, service.port.name ?? service.port.number)));
    }
    return [];
  });
}

const forEachProgram = (objects, check) => ofKind(objects, "Deployment").flatMap((object) =>
  template(object).spec.containers.filter(program).flatMap((container) => check(container, object)
    .map((text) => `${title(object)}: ${text}`)));
const setting = (name, container, objects, { settings }) =>
  environment(container, objects)[name] ?? settings[program(container)]?.[name]?.default;

// Kubernetes waits for longer than the program takes to stop, and the API serves for longer than its readiness takes to fail.
const shutdown = (objects, about) => forEachProgram(objects, (container, object) => {
  const duration = (name) => milliseconds(setting(name, container, objects, about));
  const grace = (template(object).spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const { periodSeconds = 10, failureThreshold = 3 } = container.readinessProbe ?? {};
  return [
    ...(grace > duration("ESTEIRA_SHUTDOWN_TIMEOUT") + 5000 ? []
      : ["terminationGracePeriodSeconds is not longer than ESTEIRA_SHUTDOWN_TIMEOUT and 5 s"]),
    ...(program(container) !== "esteira-api" || duration("ESTEIRA_DRAIN_DELAY") > periodSeconds * failureThreshold * 1000 ? []
      : ["ESTEIRA_DRAIN_DELAY is not longer than readiness takes to fail"]),
  ];
});

// A plugin folder that is not in the image is mounted.
const plugins = (objects) => forEachProgram(objects, (container) => {
  const folder = environment(container, objects).ESTEIRA_PLUGIN_DIR;
  return !folder || list(container.volumeMounts).some((one) => folder.startsWith(one.mountPath)) ? []
    : [`nothing is mounted at ESTEIRA_PLUGIN_DIR, ${folder}`];
});

function scaledByMessages(object, deployment, objects, about) {
  const { triggers, minReplicaCount, fallback } = object.spec;
  const container = template(deployment).spec.containers.find(program);
  const stage = deployment.spec.selector.matchLabels["app.kubernetes.io/component"];
  const prefetch = Number(setting("ESTEIRA_PREFETCH", container, objects, about));
  const queue = `${setting("ESTEIRA_EXCHANGE", container, objects, about)}.${stage}`;
  return [
    ...(minReplicaCount >= 1 ? [] : ["minReplicaCount is less than 1"]),
    ...(fallback?.behavior === "currentReplicasIfHigher" ? [] : ["it takes hosts away when RabbitMQ does not answer"]),
    ...triggers.filter((one) => one.type === "rabbitmq").flatMap(({ metadata, authenticationRef }) => {
      const login = ofKind(objects, "TriggerAuthentication").find((one) => one.metadata.name === authenticationRef?.name);
      return [
        ...(metadata.protocol === "http" && metadata.mode === "QueueLength" ? []
          : ["it does not count unacknowledged messages (protocol http, mode QueueLength)"]),
        ...(Number(metadata.value) >= prefetch ? [] : [`its value ${metadata.value} is less than ESTEIRA_PREFETCH, ${prefetch}`]),
        ...(metadata.queueName === queue ? [] : [`it counts ${metadata.queueName}, but the queue of the stage is ${queue}`]),
        ...(about.isOverlay && !metadata.host?.includes(`.${object.metadata.namespace}.`) ? ["its trigger has no host in the namespace"] : []),
        ...(metadata.host?.includes("@") ? ["its host contains credentials"] : []),
        ...(["username", "password"].every((name) => list(login?.spec.secretTargetRef).some((one) => one.parameter === name)) ? []
          : ["it has no username and password from a secret"]),
      ];
    }),
  ];
}

// One autoscaler for a Deployment, which then has no `replicas`.
const autoscalers = (objects, about) => {
  const scalers = ofKind(objects, "HorizontalPodAutoscaler", "ScaledObject");
  const target = (one) => one.spec.scaleTargetRef.name;
  return scalers.flatMap((object) => {
    const deployment = ofKind(objects, "Deployment").find((one) => one.metadata.name === target(object));
    if (!deployment) return [`${title(object)}: there is no Deployment ${target(object)}`];
    return [
      ...("replicas" in deployment.spec ? [`each apply resets the replicas of ${title(deployment)}: remove them`] : []),
      ...(scalers.some((one) => one !== object && target(one) === target(object)) ? [`another one scales ${title(deployment)}`] : []),
      ...(object.kind === "ScaledObject" ? scaledByMessages(object, deployment, objects, about) : []),
    ].map((text) => `${title(object)}: ${text}`);
  });
};

const kClusterWide = ["Namespace"];
const namespaces = (objects, { isOverlay }) => {
  const wanted = isOverlay ? ofKind(objects, "Namespace")[0]?.metadata.name : undefined;
  return objects.filter((one) => !kClusterWide.includes(one.kind) && one.metadata.namespace !== wanted)
    .map((one) => `${title(one)}: is in the namespace ${one.metadata.namespace}, not in ${wanted}`);
};

// A reference leads to what kustomize generated (its name ends in a hash, so a change reaches the pods), to a secret that an
// operator makes, or to one that the user brings.
function referenced(objects, { secrets }) {
  const operators = new Map([
    ...ofKind(objects, "RabbitmqCluster").map((one) => [`${one.metadata.name}-default-user`,
      ["username", "password", "host", "port", "connection_string"]]),
    ...ofKind(objects, "Cluster").map((one) => [`${one.metadata.name}-app`,
      ["username", "password", "host", "port", "dbname", "uri"]]),
  ]);
  const keys = (kind, name) => {
    const object = objects.find((one) => one.kind === kind && one.metadata.name === name);
    if (object) return Object.keys({ ...object.data, ...object.stringData, ...object.binaryData });
    return kind === "Secret" ? operators.get(name) ?? secrets.get(name) : undefined;
  };
  return objects.flatMap((object) => references(object).flatMap(({ kind, name, key, optional }) => {
    const known = keys(kind, name);
    if (!known) return [`${title(object)}: there is no ${kind} ${name}`];
    return !key || optional || known.includes(key) ? [] : [`${title(object)}: the ${kind} ${name} has no key ${key}`];
  }));
}

// A changed ConfigMap replaces the pods of one object.
const shared = (objects) => ofKind(objects, "ConfigMap").flatMap((map) => {
  const users = withPods(objects).filter((one) => references(one).some(({ kind, name }) => kind === "ConfigMap" && name === map.metadata.name));
  return users.length > 1 ? [`${title(map)}: a change of it replaces the pods of ${users.map(title).join(" and ")}`] : [];
});

// Dashboards are read by Grafana and by no pod. With a hash in its name, a changed one would be there twice.
const isDashboard = (object) => object.metadata.labels?.grafana_dashboard === "1";

const hashed = (objects) => ofKind(objects, "ConfigMap", "Secret")
  .filter((one) => !isDashboard(one) && !/-[0-9a-z]{10}$/.test(one.metadata.name))
  .map((one) => `${title(one)}: is not generated, so a change of it reaches no pod`);

// A secret in the tree protects nothing, and says so.
const published = (objects) => ofKind(objects, "Secret").flatMap((object) => Object.entries(object.data ?? {})
  .map(([key, value]) => [key, Buffer.from(value, "base64").toString()])
  .filter(([, value]) => value !== "esteira" && !value.includes("not-a-secret"))
  .map(([key]) => `${title(object)}: the value of ${key} looks like a real one`));

// A secret setting stands in a Secret.
const secretSettings = (objects, { settings }) => ofKind(objects, "ConfigMap").flatMap((object) => Object.keys(object.data ?? {})
  .filter((name) => Object.values(settings).some((of) => of[name]?.isSecret))
  .map((name) => `${title(object)}: ${name} belongs into a Secret`));

export const rules = [
  resources, probes, contexts, accounts, labels, images, selectors, spread, durability, policies, portNames, shutdown, plugins, autoscalers, namespaces,
  referenced, shared, hashed, published, secretSettings,
];
