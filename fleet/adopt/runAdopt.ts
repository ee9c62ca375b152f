import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { loadNamedStack, nameOfStack } from "../../config/loadStacks";
import { NO_AGENTS, type OrgSpec } from "../../config/orgSpec";
import type { StackConfig } from "../../config/stackConfig";
import { slugSchema } from "../../config/kubernetesNames";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import { type Steps, stepByStep } from "../../lib/system/interruption";
import type { CommandIo } from "../../lib/system/commandIo";
import { type KubeClient, chooseCluster, connectKube } from "../../kube/kubeClient";
import { listAll } from "../../kube/listAll";
import { readDeployment, readNamespace } from "../../kube/readObjects";
import { KUBE_RETRIES } from "../../kube/retry";
import { retry } from "../../lib/http/retry";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { readReferencePins } from "../sync/findSyncReference";
import { importAndPreview } from "./importAndPreview";
import { GUARD_NAMES, type ImportFile, type LiveGuard } from "./importFile";
import type { AdoptionVerdict } from "./judgeAdoption";
import { type AdoptionPlan, planAdoption } from "./planAdoption";
import { type SourceOptions } from "../stale/gatherFleet";

/**
 * Runs `fleet adopt`: plans from the live objects, writes the org's file and the import file, and with `--import` takes the
 * org into the state and previews the update. The cluster is only read.
 *
 * @returns the exit code
 * @throws MendableError when the org cannot be adopted; then nothing was written
 */
export function runAdopt(options: AdoptOptions, io: CommandIo): Promise<number> {
    return stepByStep(io, (steps) => adoptStepByStep(options, io, steps));
}

async function adoptStepByStep(options: AdoptOptions, io: CommandIo, { begin }: Steps): Promise<number> {
    const stack = nameOfStack(options.stack);
    const slug = slugSchema.safeParse(options.org);
    if (!slug.success) {
        throw new MendableError(`--org "${options.org}": ${slug.error.issues[0]?.message ?? "no slug"}`);
    }
    const { config, layers } = loadNamedStack(options.project, stack);
    const orgFile = path.join(options.project, config.orgs, `${slug.data}.yaml`);
    if (fs.existsSync(orgFile) && options.force !== true) {
        throw new MendableError(`"${orgFile}" exists already; --force writes it anew`);
    }
    const pins = await readReferencePins(options, config.referenceStack);
    const live = await readLive(options, config, `${ORG_NAMESPACE_PREFIX}${slug.data}`);
    const plan = planAdoption({
        slug: slug.data,
        stack,
        displayName: options.displayName ?? slug.data,
        ...live,
        stackSays: { layers, quota: config.defaults.quota, orgs: config.orgs },
        pins,
        ...readRuntimes(options.runtime ?? []),
    });
    assertAdoptable(slug.data, plan, options.lossy === true);
    begin("nothing was written, and nothing was imported");
    const importFile = path.join(options.project, `${slug.data}.import.json`);
    writeFiles(orgFile, plan.org, importFile, plan.importFile);
    io.out(`wrote ${orgFile}\nwrote ${importFile}\n\nThe next update changes:\n${listed(plan.changes)}`);
    if (plan.unsaid.length > 0) {
        io.out(`It may take away, since the file does not say it:\n${listed(plan.unsaid)}`);
    }
    if (options.import !== true) {
        io.out(
            `\nNext: "fleet adopt --stack ${stack} --org ${slug.data} --force --import", or by hand:\n` +
                `  pulumi import --stack ${stack} --file ${path.basename(importFile)} --protect=false --generate-code=false\n` +
                `  pulumi preview --stack ${stack} --diff`,
        );
        return EXIT_CODES.done;
    }
    begin(`${orgFile} was written, and nothing was imported`);
    const verdict = await importAndPreview(options.project, stack, slug.data, plan.importFile);
    return tellVerdict(verdict, stack, io);
}

/** Refuses what cannot be adopted, and what would be lost by it unless that was said to be right. */
function assertAdoptable(
    slug: string,
    plan: AdoptionPlan,
    lossy: boolean,
): asserts plan is Extract<AdoptionPlan, { ok: true }> {
    if (!plan.ok) {
        throw new MendableError(
            `the org "${slug}" cannot be adopted:\n${listed(plan.problems)}\nNothing was written.`,
        );
    }
    if (plan.unsaid.length > 0 && !lossy) {
        throw new MendableError(
            `the org "${slug}" has what an org's file cannot say, and an update may take it away:\n${listed(plan.unsaid)}\n` +
                "Nothing was written. Move it elsewhere first, or adopt without it: --lossy.",
        );
    }
}

/** Says what the preview after the import would do, and returns the exit code. */
function tellVerdict(
    { changes, elsewhere, forbidden }: AdoptionVerdict,
    stack: string,
    io: CommandIo,
): number {
    io.out(`\nImported. The engine's preview of the org:\n${listed(changes)}`);
    if (elsewhere > 0) {
        io.out(`and ${elsewhere} changes of other orgs, which are not this adoption's ("fleet preview").`);
    }
    if (forbidden.length > 0) {
        io.out(`It would also do what must not be; the import is undone:\n${listed(forbidden)}`);
        return EXIT_CODES.notAsItShouldBe;
    }
    io.out(`Nothing is replaced or deleted. Next: pulumi up --stack ${stack}`);
    return EXIT_CODES.done;
}

function listed(lines: readonly string[]): string {
    return lines.map((line) => `  - ${line}`).join("\n");
}

async function readLive(
    options: AdoptOptions,
    config: StackConfig,
    namespace: string,
): Promise<{ readonly deployments: readonly unknown[]; readonly guards: readonly LiveGuard[] }> {
    const client = await connectKube(chooseCluster(options, config));
    try {
        const found = readNamespace(
            await retry(() => client.request({ path: `/api/v1/namespaces/${namespace}` }), KUBE_RETRIES),
        );
        if (!found.ok || found.object.deleting) {
            throw new MendableError(
                found.ok ? `the namespace "${namespace}" is being deleted` : found.problem,
            );
        }
        const [deployments, guards] = await Promise.all([
            listAll(client, { path: `/apis/apps/v1/namespaces/${namespace}/deployments` }, (item) => item),
            readGuards(client, namespace),
        ]);
        return {
            deployments: deployments.filter((item) => {
                const read = readDeployment(item);
                return !read.ok || read.object.name.startsWith(AGENT_DEPLOYMENT_PREFIX);
            }),
            guards,
        };
    } finally {
        client.close();
    }
}

const GUARD_PATHS: Readonly<Record<LiveGuard["kind"], string>> = {
    ServiceAccount: "/api/v1/namespaces/NAMESPACE/serviceaccounts",
    ResourceQuota: "/api/v1/namespaces/NAMESPACE/resourcequotas",
    LimitRange: "/api/v1/namespaces/NAMESPACE/limitranges",
    NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies",
};

async function readGuards(client: KubeClient, namespace: string): Promise<readonly LiveGuard[]> {
    const kinds = Object.keys(GUARD_PATHS) as LiveGuard["kind"][];
    const found = await Promise.all(
        kinds.map(async (kind) => {
            const path = GUARD_PATHS[kind].replace("NAMESPACE", namespace);
            const names = await listAll(client, { path }, (item) => readNamespace(item));
            return names.flatMap((read) =>
                read.ok && GUARD_NAMES[kind].includes(read.object.name)
                    ? [{ kind, name: read.object.name }]
                    : [],
            );
        }),
    );
    return found.flat();
}

function readRuntimes(values: readonly string[]): {
    runtime: string | undefined;
    runtimes: ReadonlyMap<string, string>;
} {
    const named = values.filter((value) => value.includes("="));
    return {
        runtime: values.find((value) => !value.includes("=")),
        runtimes: new Map(
            named.map((value) => [value.slice(0, value.indexOf("=")), value.slice(value.indexOf("=") + 1)]),
        ),
    };
}

function writeFiles(orgFile: string, org: OrgSpec, importPath: string, importFile: ImportFile): void {
    fs.writeFileSync(
        orgFile,
        stringify({ ...org, agents: org.agents.length === 0 ? NO_AGENTS : org.agents }),
    );
    fs.writeFileSync(importPath, `${JSON.stringify(importFile, undefined, 2)}\n`);
}

/** The options of `fleet adopt`. */
export interface AdoptOptions extends SourceOptions {
    readonly org: string;
    readonly displayName?: string;
    readonly runtime?: readonly string[];
    readonly reference?: string;
    readonly import?: true;
    readonly force?: true;
    readonly lossy?: true;
}
