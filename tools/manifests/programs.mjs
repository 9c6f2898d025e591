// The programs as judges of their settings.
import { spawnSync } from "node:child_process";
import { containers, environment, list, ofKind, program, template, title } from "./objects.mjs";

const kUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
export function milliseconds(text) {
  const [, number, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  return number * kUnits[unit];
}

// From --help: the default of each setting, and whether it is secret (then a file can hold it).
export function readSettings(folder) {
  const settings = {};
  for (const name of ["esteira-api", "esteira-host"]) {
    settings[name] = {};
    const { stdout } = spawnSync(`${folder}/${name}`, ["--help"], { encoding: "utf8", env: {} });
    for (const [, variable, help] of stdout.matchAll(/^ {2}([A-Z_]+) +(.*)$/gm)) {
      settings[name][variable] = {
        default: /\[default: (.*)\]$/.exec(help)?.[1],
        isSecret: help.includes(`[or ${variable}_FILE]`),
      };
    }
  }
  return settings;
}

// What stands in a secret is not known here.
const kPlaceholders = {
  DATABASE_URL: "postgresql://localhost/x", RABBITMQ_URL: "amqp://localhost", REDIS_URL: "redis://localhost",
  ESTEIRA_CLIENT_TOKENS: "shop:y",
};

const answers = new Map();
function check(folder, name, variables) {
  const id = JSON.stringify([name, variables]);
  if (!answers.has(id)) {
    const { status, stdout, stderr } = spawnSync(`${folder}/${name}`, ["--check"], { encoding: "utf8", env: variables });
    answers.set(id, status === 0 ? "" : (stderr || stdout).trim());
  }
  return answers.get(id);
}

// Every name and value that a container of the programs gets from a ConfigMap is accepted by its program.
export function settingProblems(objects, folder) {
  return objects.filter(template).flatMap((object) => containers(template(object).spec).filter(program).flatMap((container) => {
    const name = program(container);
    const variables = environment(container, objects);
    if (name === "esteira") {
      return list(container.envFrom).length ? [`${title(object)}: nothing can check the ConfigMap of ${name}`] : [];
    }
    for (const [variable, value] of Object.entries(variables)) variables[variable] = value ?? kPlaceholders[variable] ?? "x";
    // The folder is mounted in the pod; the plugin with that name is taken from the build.
    delete variables.ESTEIRA_PLUGIN_DIR;
    const answer = check(folder, name, variables);
    return answer ? [`${title(object)}: ${answer}`] : [];
  }));
}
