import { stringify } from "yaml";
import type { InitPlan } from "./plan";

/** What an environment is by its name: who is not known gets the strictest. */
function kindOf(environment: string): "production" | "staging" | "development" {
    return /^(staging|stage|test)/.test(environment)
        ? "staging"
        : /^dev/.test(environment)
          ? "development"
          : "production";
}

/** The files of a platform's stacks and of its first org: name, from the project's root, → text. Pure. */
export function stackFiles(plan: InitPlan): ReadonlyMap<string, string> {
    const files = new Map<string, string>();
    for (const { name, context } of plan.environments) {
        files.set(`platform/Pulumi.${name}.yaml`, platformFile(plan, context));
        files.set(
            `Pulumi.${name}.yaml`,
            write("The customer orgs of this environment, each on the image that the platform runs.", {
                config: {
                    "customer-orgs:referenceStack": `organization/platform/${name}`,
                    "customer-orgs:orgs": `orgs/${name}`,
                    "customer-orgs:kubeContext": context,
                    "customer-orgs:environment": kindOf(name),
                },
            }),
        );
        files.set(`orgs/${name}/${plan.org.slug}.yaml`, orgFile(plan));
        files.set(`policy/config/${name}.json`, `${JSON.stringify(packConfig(plan, name), undefined, 2)}\n`);
    }
    return files;
}

function platformFile({ runtimes, core }: InitPlan, context: string): string {
    const pins = runtimes.map(({ name, repository, tag, digest }) => [
        name,
        tag === undefined && digest === undefined
            ? { fromDeployment: { namespace: core.namespace } }
            : {
                  image: `${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`,
              },
    ]);
    const agents = core.agents.map((agent) =>
        core.kind === "found" ? { ...agent, manage: "image" } : agent,
    );
    return write("One pin per runtime, moved by a release and by nothing else.", {
        config: {
            "platform:kubeContext": context,
            "platform:runtimes": Object.fromEntries(pins) as object,
            ...(core.kind === "none" ? {} : { "platform:coreFleet": { namespace: core.namespace, agents } }),
        },
    });
}

function orgFile({ org, runtimes }: InitPlan): string {
    const agents = runtimes.map(({ name }) => ({ name, runtime: name }));
    return write("What an org and its agents may be: docs/agents.md.", { ...org, agents });
}

/** The policy pack's config: the committed one's rules, with this registry. */
function packConfig({ registry }: InitPlan, environment: string): object {
    const isStrict = kindOf(environment) === "production";
    const level = isStrict ? "mandatory" : "advisory";
    return {
        "require-immutable-images": {
            enforcementLevel: "mandatory",
            shaPrefixes: ["sha-", "git-"],
            versionSha: false,
            exemptions: [],
        },
        "require-platform-image": { enforcementLevel: level },
        "no-expired-override": { enforcementLevel: "mandatory" },
        "no-mutable-last-resort": { enforcementLevel: "mandatory", environment: kindOf(environment) },
        "allowed-repositories": { enforcementLevel: level, repositories: [registry] },
        "require-tenant-guards": { enforcementLevel: "mandatory" },
    };
}

function write(comment: string, value: object): string {
    return `# ${comment}\n${stringify(value, { lineWidth: 0 })}`;
}
