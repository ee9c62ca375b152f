import type { InitPlan } from "./plan";

/** The workflows of a pipeline, by their files' names. */
export const WORKFLOWS = ["release.yml", "pull-request.yml", "queue.yml", "coverage.yml"] as const;

/** The runtimes and environments that the committed workflows are written for. */
const EXAMPLE = {
    runtime: "claude-code",
    other: "platform-agent",
    environments: ["staging", "prod"],
} as const;

/**
 * A committed workflow, for other runtimes, environments and another registry: what it says of the example's first runtime and first
 * environment is said of each. Pure.
 */
export function adaptWorkflow(
    text: string,
    plan: Pick<InitPlan, "environments" | "registry" | "runtimes">,
): string {
    const environments = plan.environments.map(({ name }) => name);
    const blocks = text
        .split("\n\n")
        .flatMap((block) => adaptBlock(block, plan))
        .join("\n\n");
    return adaptPreview(
        adaptRegistry(blocks, plan.registry).replace(
            `environment: [${EXAMPLE.environments.join(", ")}]`,
            `environment: [${environments.join(", ")}]`,
        ),
        environments,
    );
}

/** A job of the first runtime becomes one for each, and those of the other example go. */
function adaptBlock(block: string, { runtimes }: Pick<InitPlan, "runtimes">): string[] {
    const names = runtimes.map(({ name }) => name);
    if (new RegExp(`^ {2}(publish|smoke)-${EXAMPLE.other}:`, "m").test(block)) {
        return [];
    }
    if (new RegExp(`^ {2}(publish|smoke)-${EXAMPLE.runtime}:`, "m").test(block)) {
        return names.map((name, index) => {
            const own = renamed(block, name);
            return index === 0 ? own : own.replace(/^(jobs:| {2}# .*)\n/gm, "");
        });
    }
    const variables = runtimes
        .map(({ name, repository }) => `  ${upper(name)}_IMAGE: ${repository}`)
        .join("\n");
    return [
        block
            .replace(
                /^( {2}[A-Z_]+_IMAGE: .*\n?)+/m,
                (found) => variables + (found.endsWith("\n") ? "\n" : ""),
            )
            .replace(/^( {4}needs: )\[.*\]$/m, (_, begin: string) => {
                const jobs = ["publish", "smoke"].flatMap((kind) => names.map((name) => `${kind}-${name}`));
                return `${begin}[${jobs.join(", ")}]`;
            })
            .replace(
                /needs\.publish-[\w-]+\.result == 'success'( && needs\.publish-[\w-]+\.result == 'success')*/,
                () => names.map((name) => `needs.publish-${name}.result == 'success'`).join(" && "),
            )
            .replace(
                /( {6}- run: >-\n {10}npm run fleet -- release add[\s\S]*?'failed' \}\}\n)+/,
                (found) => {
                    const [step = ""] = found.split(/(?<='failed' \}\}\n)/);
                    return names.map((name) => renamed(step, name)).join("");
                },
            ),
    ];
}

function renamed(text: string, name: string): string {
    return text.replaceAll(EXAMPLE.runtime, name).replaceAll(upper(EXAMPLE.runtime), upper(name));
}

function upper(name: string): string {
    return name.toUpperCase().replaceAll("-", "_");
}

/** Another registry than GitHub's own has credentials of its own. */
function adaptRegistry(text: string, registry: string): string {
    const [host = ""] = registry.split("/");
    return text.replace(
        /( +)registry: .*\n +username: .*\n +password: .*\n/g,
        (login: string, indent: string) =>
            login.includes(`registry: ${host}\n`)
                ? login
                : `${indent}registry: ${host}\n${indent}username: \${{ vars.REGISTRY_USER }}\n${indent}password: \${{ secrets.REGISTRY_TOKEN }}\n`,
    );
}

/** The steps of a pull request that look at the environments one by one. */
function adaptPreview(text: string, environments: readonly string[]): string {
    const [first, second] = EXAMPLE.environments;
    const steps = text.split(/(?=^ {6}(?:- |# ))/m);
    const of = (name: string) => (step: string) =>
        /run: npm run (--silent fleet|kubeconfig) /.test(step) &&
        new RegExp(`(stack|alias) ${name}\\b`).test(step);
    if (!steps.some(of(first))) {
        return text;
    }
    const kubeconfig = steps.filter((step) => step.includes("run: npm run kubeconfig")).filter(of(first));
    const looks = (name: string) => steps.filter((step) => !step.includes("kubeconfig")).filter(of(name));
    const rename = (from: string) => (step: string, name: string) =>
        step
            .replaceAll(new RegExp(`\\b${from}\\b`, "g"), name)
            .replaceAll(`CLUSTER_${upper(from)}`, `CLUSTER_${upper(name)}`);
    const files = environments.flatMap((name) => [`stale-${name}.md`, `preview-${name}.txt`]);
    const written: string[] = [];
    for (const step of steps) {
        if (step === kubeconfig[0]) {
            written.push(...environments.map((name) => rename(first)(step, name)));
        } else if (step === looks(first)[0]) {
            const [begin = "", ...others] = environments;
            written.push(...looks(first).map((each) => rename(first)(each, begin)));
            const note = steps.find((each) => each.includes("# Two clusters, two questions"));
            written.push(...(others.length > 0 && note !== undefined ? [note] : []));
            written.push(
                ...others.flatMap((name) => looks(second).map((each) => rename(second)(each, name))),
            );
        } else if (!of(first)(step) && !of(second)(step) && !step.includes("# Two clusters")) {
            written.push(
                step.replace(
                    /(sticky-comment -- preview) .*$/m,
                    (_, begin: string) => `${begin} ${files.join(" ")}`,
                ),
            );
        }
    }
    return written.join("");
}
