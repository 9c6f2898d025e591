// Plants mistakes, each a small change of a rendering or of a file, and sees that the check finds each of them and nothing else.
import { overriddenPod, template } from "./objects.mjs";
import { fileProblems } from "./sources.mjs";

const pod = (object) => template(object).spec;
const container = (object) => pod(object).containers[0];
const api = ["overlays/dev", "Deployment esteira-api"];
const enrich = ["overlays/dev", "Deployment esteira-enrich"];
const keda = ["components/keda", "ScaledObject esteira-enrich"];
const trigger = (object) => object.spec.triggers[0];

// Rendering, object (a hash at the end of its name left out), what is changed, and the line that tells.
const inObjects = [
  // the schema
  [...api, (it) => { container(it).resources.limts = {}; }, "unknown field spec/template/spec/containers/0/resources/limts"],
  [...api, (it) => { it.spec.replicas = "two"; }, "spec/replicas must be integer"],
  [...api, (it) => { it.apiVersion = "apps/v2"; }, "there is no schema of apps/v2 Deployment: see tools/manifests/schema.mjs"],
  [...keda, (it) => { it.spec.minReplicas = 1; }, "unknown field spec/minReplicas"],
  ["components/pod-monitor", "PodMonitor esteira", (it) => { it.spec.podMetricsEndpoints[0].targetport = "http"; },
    "unknown field spec/podMetricsEndpoints/0/targetport"],
  ["components/gateway", "HTTPRoute esteira-api", (it) => { it.spec.rules[0].timeout = "5s"; }, "unknown field spec/rules/0/timeout"],
  // resources, probes, contexts
  [...api, (it) => { delete container(it).resources.limits; }, "container api has no limit of memory"],
  [...api, (it) => { delete container(it).resources.requests.cpu; }, "container api does not request CPU and memory"],
  [...api, (it) => { delete container(it).livenessProbe; }, "container api has no livenessProbe"],
  [...api, (it) => { delete pod(it).securityContext.runAsNonRoot; }, "does not set runAsNonRoot"],
  [...api, (it) => { delete pod(it).securityContext.runAsUser; }, "has no numeric user"],
  [...api, (it) => { pod(it).securityContext.seccompProfile.type = "Unconfined"; }, "does not set seccompProfile RuntimeDefault"],
  [...api, (it) => { pod(it).hostNetwork = true; }, "sets hostNetwork"],
  [...api, (it) => { pod(it).volumes = [{ name: "etc", hostPath: { path: "/etc" } }]; }, "has the volume etc of the kind hostPath"],
  [...api, (it) => { pod(it).automountServiceAccountToken = true; }, "does not set automountServiceAccountToken: false"],
  [...api, (it) => { delete pod(it).enableServiceLinks; }, "does not set enableServiceLinks: false"],
  [...api, (it) => { pod(it).serviceAccountName = "default"; }, "has no ServiceAccount of its own"],
  [...api, (it) => { container(it).securityContext.allowPrivilegeEscalation = true; },
    "container api does not forbid allowPrivilegeEscalation"],
  [...api, (it) => { container(it).securityContext.capabilities.add = ["NET_RAW"]; }, "container api does not drop all capabilities"],
  [...api, (it) => { container(it).securityContext.privileged = true; }, "container api is privileged"],
  [...api, (it) => { container(it).securityContext.runAsUser = 0; }, "container api runs as root"],
  [...api, (it) => { container(it).securityContext.readOnlyRootFilesystem = false; }, "container api has no readOnlyRootFilesystem"],
  [...api, (it) => { container(it).ports[0].hostPort = 80; }, "container api has a hostPort"],
  ["components/external-plugin-init", "Deployment esteira-try", (it) => { delete pod(it).initContainers[0].securityContext.capabilities; },
    "container plugin does not drop all capabilities"],
  ["overlays/dev", "ServiceAccount esteira-api", (it) => { delete it.automountServiceAccountToken; },
    "does not set automountServiceAccountToken: false"],
  // names of things
  ["overlays/dev", "NetworkPolicy dns", (it) => { delete it.metadata.labels; }, "has no label app.kubernetes.io/part-of"],
  ["overlays/dev", "StatefulSet redis", (it) => { delete template(it).metadata.labels["app.kubernetes.io/part-of"]; },
    "its pods have no label app.kubernetes.io/part-of"],
  [...api, (it) => { container(it).image = "esteira:latest"; }, "the image esteira:latest has no fixed tag"],
  [...api, (it) => { container(it).image = "registry.example:5000/esteira"; }, "the image registry.example:5000/esteira has no fixed tag"],
  ["components/external-plugin", "Deployment esteira-try", (it) => { pod(it).volumes[0].image.reference = "loyalty"; },
    "the image loyalty has no fixed tag"],
  ["components/external-plugin-init", "Deployment esteira-try", (it) => { pod(it).initContainers[0].image = "esteira-plugin:0.1.0"; },
    "the image esteira-plugin:0.1.0 is none: a stage names its own"],
  ["overlays/dev", "PodDisruptionBudget esteira-api", (it) => { it.spec.selector = {}; }, "has an empty selector"],
  ["overlays/dev", "Service redis", (it) => { it.spec.selector = {}; }, "has an empty selector", "no container has a port redis"],
  [...api, (it) => { pod(it).topologySpreadConstraints[0].labelSelector = {}; }, "has an empty selector"],
  [...api, (it) => { container(it).readinessProbe.httpGet.port = "web"; }, "no container has a port web"],
  ["overlays/dev", "Service esteira-api", (it) => { it.spec.ports[0].targetPort = "web"; }, "no container has a port web"],
  ["overlays/dev", "NetworkPolicy api-clients", (it) => { it.spec.ingress[0].ports[0].port = "web"; }, "no container has a port web"],
  ["components/pod-monitor", "PodMonitor esteira", (it) => { it.spec.podMetricsEndpoints[0].port = "web"; }, "no container has a port web"],
  ["components/gateway", "HTTPRoute esteira-api", (it) => { it.spec.rules[0].backendRefs[0].port = 8080; },
    "there is no Service esteira-api with the port 8080"],
  ["components/ingress", "Ingress esteira-api", (it) => { it.spec.rules[0].http.paths[0].backend.service.name = "api"; },
    "there is no Service api with the port http"],
  [...api, (it) => { pod(it).topologySpreadConstraints.shift(); }, "is not spread over zones and nodes"],
  ["overlays/dev", "PodDisruptionBudget esteira-enrich", (it) => { it.spec.selector.matchLabels["app.kubernetes.io/component"] = "api"; },
    "Deployment esteira-enrich: has no PodDisruptionBudget"],
  // servers of operators
  ["overlays/production", "Cluster postgres", (it) => { it.spec.postgresql.synchronous.dataDurability = "preferred"; },
    "a commit does not survive a failover"],
  ["overlays/production", "Cluster postgres", (it) => { delete it.spec.postgresql.synchronous; }, "a commit does not survive a failover"],
  ["overlays/production", "Cluster postgres", (it) => { it.spec.postgresql.synchronus = {}; }, "unknown field spec/postgresql/synchronus"],
  ["overlays/production", "RabbitmqCluster rabbitmq", (it) => { it.spec.persistance = {}; }, "unknown field spec/persistance"],
  ["overlays/production", "RabbitmqCluster rabbitmq", (it) => { overriddenPod(it).containers[0].securityContexts = {}; },
    "in its override: unknown field spec/containers/0/securityContexts"],
  ["overlays/production", "RabbitmqCluster rabbitmq", (it) => { delete overriddenPod(it).containers[0].securityContext.capabilities; },
    "container rabbitmq does not drop all capabilities"],
  ["overlays/production", "RabbitmqCluster rabbitmq", (it) => { delete it.spec.resources.limits; }, "has no limit of memory"],
  ["overlays/production", "Cluster postgres", (it) => { it.spec.imageName = "postgresql:latest"; },
    "the image postgresql:latest has no fixed tag"],
  ["overlays/production", "PodMonitor rabbitmq", (it) => { it.spec.selector.matchLabels = { app: "rabbitmq" }; },
    "its selector matches no pods", "no container has a port prometheus"],
  ["overlays/production", "PodDisruptionBudget rabbitmq", (it) => { it.spec.selector.matchLabels = { app: "rabbitmq" }; },
    "its selector matches no pods"],
  // network policies
  ["overlays/dev", "NetworkPolicy default-deny", (it) => { it.spec.policyTypes = ["Ingress"]; },
    "no NetworkPolicy closes everything both ways"],
  ["overlays/dev", "NetworkPolicy api-cache", (it) => { delete it.spec.egress[0].ports; }, "its egress names no ports"],
  ["overlays/dev", "NetworkPolicy api-cache", (it) => { delete it.spec.egress[0].to; }, "its egress names nobody"],
  ["overlays/dev", "NetworkPolicy metrics", (it) => { it.spec.ingress[0].from = [{ namespaceSelector: {} }]; },
    "its ingress names nobody"],
  // times
  [...api, (it) => { pod(it).terminationGracePeriodSeconds = 25; },
    "terminationGracePeriodSeconds is not longer than ESTEIRA_SHUTDOWN_TIMEOUT and 5 s"],
  ["overlays/dev", "ConfigMap esteira-api", (it) => { it.data.ESTEIRA_DRAIN_DELAY = "4s"; },
    "Deployment esteira-api: ESTEIRA_DRAIN_DELAY is not longer than readiness takes to fail"],
  // scaling
  ["components/keda", "Deployment esteira-enrich", (it) => { it.spec.replicas = 1; },
    "ScaledObject esteira-enrich: each apply resets the replicas of Deployment esteira-enrich: remove them"],
  ["components/autoscaling/api", "HorizontalPodAutoscaler esteira-api", (it) => { it.spec.scaleTargetRef.name = "api"; },
    "there is no Deployment api"],
  ["components/autoscaling/stages", "HorizontalPodAutoscaler esteira-process", (it, all) => {
    all.push({ ...structuredClone(it), metadata: { ...it.metadata, name: "second" } });
  }, "another one scales Deployment esteira-process", "HorizontalPodAutoscaler second: another one scales Deployment esteira-process"],
  [...keda, (it) => { trigger(it).metadata.value = "100"; }, "its value 100 is less than ESTEIRA_PREFETCH, 512"],
  [...keda, (it) => { trigger(it).metadata.protocol = "amqp"; },
    "it does not count unacknowledged messages (protocol http, mode QueueLength)"],
  [...keda, (it) => { trigger(it).metadata.queueName = "enrich"; }, "it counts enrich, but the queue of the stage is orders.enrich"],
  [...keda, (it) => { trigger(it).metadata.host = "http://user:x@rabbitmq.shop:15672/"; }, "its host contains credentials"],
  ["overlays/production", "ScaledObject esteira-enrich", (it) => { trigger(it).metadata.host = "http://rabbitmq:15672/"; },
    "its trigger has no host in the namespace"],
  [...keda, (it) => { trigger(it).authenticationRef.name = "other"; }, "it has no username and password from a secret"],
  [...keda, (it) => { it.spec.minReplicaCount = 0; }, "minReplicaCount is less than 1"],
  [...keda, (it) => { delete it.spec.fallback; }, "it takes hosts away when RabbitMQ does not answer"],
  // ConfigMaps, secrets, settings
  ["overlays/dev", "Service redis", (it) => { it.metadata.namespace = "shop"; }, "is in the namespace shop, not in esteira"],
  [...enrich, (it) => { container(it).envFrom[0].configMapRef.name = "esteira"; }, "there is no ConfigMap esteira",
    "Deployment esteira-enrich: esteira-host: ESTEIRA_PLUGIN is required: plugin to load: its name, or a path that contains a '/'"],
  [...enrich, (it) => { container(it).env[0].valueFrom.secretKeyRef.name = "orders-db"; }, "there is no Secret orders-db"],
  [...enrich, (it) => { container(it).env[0].valueFrom.secretKeyRef.key = "url"; }, /the Secret esteira-postgres-.* has no key url$/],
  ["overlays/dev", "ConfigMap rabbitmq", (it, all) => {
    all.push({ ...structuredClone(it), metadata: { ...it.metadata, name: "written" } });
  }, "ConfigMap written: is not generated, so a change of it reaches no pod"],
  [...enrich, (it, all) => {
    container(it).envFrom = structuredClone(container(all.find((one) => one.metadata.name === "esteira-process" && template(one))).envFrom);
  }, /^ConfigMap esteira-process-.*: a change of it replaces the pods of Deployment esteira-enrich and Deployment esteira-process$/],
  ["overlays/dev", "Secret esteira-tokens", (it) => { it.data.SECRET_TOKEN = Buffer.from("7d1f").toString("base64"); },
    /^Secret esteira-tokens-.*: the value of SECRET_TOKEN looks like a real one$/],
  ["overlays/dev", "ConfigMap esteira-api", (it) => { it.data.SECRET_TOKEN = "not-a-secret"; },
    /^ConfigMap esteira-api-.*: SECRET_TOKEN belongs into a Secret$/],
  [...enrich, (it) => { container(it).env.push({ name: "ESTEIRA_PLUGIN_DIR", value: "/plugins" }); },
    "nothing is mounted at ESTEIRA_PLUGIN_DIR, /plugins"],
  ["overlays/dev", "ConfigMap esteira-enrich", (it) => { it.data.ENRICH_DELAI = "2s"; },
    /^Deployment esteira-enrich: esteira-host: .*ENRICH_DELAI.*did you mean ENRICH_DELAY\?/],
  ["overlays/dev", "ConfigMap esteira-enrich", (it) => { it.data.ESTEIRA_PREFETCH = "many"; },
    /^Deployment esteira-enrich: esteira-host: .*ESTEIRA_PREFETCH/],
  ["overlays/dev", "ConfigMap esteira-api", (it) => { it.data.ESTEIRA_CORS_ORIGINS = "shop"; },
    /^Deployment esteira-api: esteira-api: .*ESTEIRA_CORS_ORIGINS/],
  ["overlays/dev", "Job esteira-migrate", (it) => { container(it).envFrom = [{ configMapRef: { name: "none" } }]; },
    "there is no ConfigMap none", "Job esteira-migrate: nothing can check the ConfigMap of esteira"],
];

const object = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n";
const beside = { resources: ["a.yaml"] };
// File, text, kustomization beside it, and the line that tells.
const inFiles = [
  ["base/a.yaml", `${object}---\n${object}`, beside, "it has more than one object"],
  ["base/a.yaml", object.replace("{", "{namespace: shop, "), beside, "it names a namespace"],
  ["base/kustomization.yaml", "namespace: shop", beside, "it names a namespace"],
  ["base/b.yaml", object, beside, "no kustomization uses it"],
  ["base/settings.env", "A=b", beside, "no kustomization uses it"],
  ["base/a.yaml", `# amqp://shop:7d1f@rabbitmq\n${object}`, beside, "the password 7d1f looks like a real one"],
  ["base/a.yaml", `# -----BEGIN EC PRIVATE KEY-----\n${object}`, beside, "it contains a private key"],
];

const withoutHash = (name) => name.replace(/-[0-9a-z]{10}$/, "");
const fits = (line, wanted, where) =>
  wanted instanceof RegExp ? wanted.test(line) : line === wanted || line === `${where}: ${wanted}`;

// Lines about mistakes that were not found, or not found alone. `problemsOf` finds what is wrong with a rendering, `render` renders a
// kustomization.
export async function missedMistakes(renderings, problemsOf, render) {
  const missed = [];
  const compare = (where, found, wanted) => {
    if (found.length === wanted.length && wanted.every((text) => found.some((line) => fits(line, text, where)))) return;
    missed.push(`a planted mistake in ${where}: expected ${wanted.join(" | ")}, found ${found.join(" | ") || "nothing"}`);
  };
  for (const [name, where, change, ...wanted] of inObjects) {
    const rendering = structuredClone(renderings.find((one) => one.name === name));
    const planted = rendering.objects?.find((one) => `${one.kind} ${withoutHash(one.metadata.name)}` === where);
    if (planted) change(planted, rendering.objects);
    compare(where, planted ? await problemsOf(rendering) : ["no such object"], wanted);
  }
  for (const [name, text, kustomization, wanted] of inFiles) compare(name, fileProblems(name, text, kustomization), [wanted]);
  compare("a kustomization", [render({ resources: ["missing.yaml"] }).failure], [/missing\.yaml/]);
  return { planted: inObjects.length + inFiles.length + 1, missed };
}
