import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { loadNamedStack, nameOfStack } from "../../config/loadStacks";
import { parseYaml } from "../../config/parseYaml";
import { slugSchema } from "../../config/kubernetesNames";
import type { CommandIo } from "../../lib/system/commandIo";
import { type Steps, stepByStep } from "../../lib/system/interruption";
import { writeWhole } from "../../lib/system/writeWhole";
import { ConfigError } from "../../lib/text/configError";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { printable } from "../../lib/text/printable";
import { type OrgFile, renderOrg } from "../../engine/renderOrg";
import { readReferencePins } from "../sync/findSyncReference";
import { type AdoptionDiff, compareAgents } from "./compareAgents";
import { importAndPreview } from "./importAndPreview";
import type { AdoptionVerdict } from "./judgeAdoption";
import { describeOtherWorkloads } from "./otherWorkloads";
import { type AdoptionPlan, type AdoptionQuestion, planAdoption } from "./planAdoption";
import { readLiveOrg } from "./readLiveOrg";
import { type SourceOptions } from "../stale/gatherFleet";

/**
 * Runs `fleet adopt`: plans from the live objects, compares each with what the program would declare, writes the org's file and the
 * import file, and with `--import` takes the org into the state and previews the update. The cluster is only read.
 *
 * @returns the exit code
 * @throws MendableError when the org cannot be adopted; then nothing was written
 */
export function runAdopt(options: AdoptOptions, io: CommandIo): Promise<number> {
    return stepByStep(io, (steps) => adoptStepByStep(options, io, steps));
}

/** What an interruption leaves before the first step. */
const NOT_BEGUN = "nothing was written, and nothing was imported";

async function adoptStepByStep(
    options: AdoptOptions,
    io: CommandIo,
    { begin, look }: Steps,
): Promise<number> {
    const { project } = options;
    const stack = nameOfStack(options.stack);
    const slug = slugSchema.safeParse(options.org);
    if (!slug.success) {
        throw new MendableError(`--org "${options.org}": ${slug.error.issues[0]?.message ?? "no slug"}`);
    }
    const { config } = loadNamedStack(project, stack);
    const orgFile = path.join(project, config.orgs, `${slug.data}.yaml`);
    const before = readBefore(orgFile, options.force === true);
    const pins = await look(readReferencePins(options, config.referenceStack), NOT_BEGUN);
    const live = await look(readLiveOrg({ ...options, stack, config }, slug.data), NOT_BEGUN);
    const question: AdoptionQuestion = {
        ...{ slug: slug.data, stack, pins, before, ...live, ...readRuntimes(options.runtime ?? []) },
        displayName: options.displayName ?? slug.data,
    };
    const adopted = declareAdopted(question, project, io.now(), options.lossy === true);
    const { plan, declared } = await look(adopted, NOT_BEGUN);
    const diff = compareAgents(live.deployments, live.companions, declared);
    const told = (line: string) => plan.unsaid.some((credential) => credential.startsWith(`${line}:`));
    const lost = [...plan.unsaid, ...plan.lost, ...diff.lost.filter((line) => !told(line))];
    assertNothingLost(slug.data, lost, options.lossy === true);
    assertNoCredentials(slug.data, plan.unsaid, options.import === true);

    const importFile = path.join(project, `${slug.data}.import.json`);
    const writeFiles = () => {
        const previous = fs.existsSync(orgFile) ? fs.readFileSync(orgFile, "utf8") : undefined;
        writeWhole(importFile, `${JSON.stringify(plan.importFile, undefined, 2)}\n`);
        writeWhole(orgFile, stringify(plan.org));
        return () => {
            fs.rmSync(importFile, { force: true });
            if (previous === undefined) {
                fs.rmSync(orgFile, { force: true });
            } else {
                writeWhole(orgFile, previous);
            }
        };
    };
    const tell = (verb: string) => {
        const others = describeOtherWorkloads(live.others);
        io.out(
            printable(
                describePlan({ changes: plan.changes, diff, lost, others }, [orgFile, importFile], verb),
            ),
        );
    };
    begin(NOT_BEGUN);
    if (options.import !== true) {
        writeFiles();
        tell("wrote");
        io.out(describeNext(stack, slug.data, importFile));
        return EXIT_CODES.done;
    }
    tell("will write");
    const work = {
        project,
        stack,
        slug: slug.data,
        importFile: plan.importFile,
        writeFile: writeFiles,
        begin,
    };
    return tellVerdict(await importAndPreview(work), stack, io);
}

/** The plan, and what the program declares by it. Whoever is content to lose something is so with a sidecar that the stack does not allow. */
async function declareAdopted(question: AdoptionQuestion, root: string, now: Date, lossy: boolean) {
    const { slug, stack, pins } = question;
    const declare = async (withoutSidecars: boolean) => {
        const plan = planAdoption({ ...question, withoutSidecars });
        assertPlanned(slug, plan);
        return { plan, declared: await renderOrg({ stack, root, pins, now }, plan.org) };
    };
    try {
        return await declare(false).catch((error: unknown) => {
            if (lossy && error instanceof ConfigError) {
                return declare(true);
            }
            throw error;
        });
    } catch (error) {
        throw error instanceof ConfigError ? cannotBeAdopted(slug, error.problems) : error;
    }
}

function describeNext(stack: string, slug: string, importFile: string): string {
    return (
        `\nNext: "fleet adopt --stack ${stack} --org ${slug} --force --import", or by hand:\n` +
        `  pulumi import --stack ${stack} --file ${path.basename(importFile)} --protect=false --generate-code=false\n` +
        `  pulumi preview --stack ${stack} --diff`
    );
}

/** What the org's file says already, which is kept but for what is live. */
function readBefore(file: string, force: boolean): OrgFile | undefined {
    if (!fs.existsSync(file)) {
        return undefined;
    }
    if (!force) {
        throw new MendableError(`"${file}" exists already; --force writes it anew`);
    }
    const read = parseYaml(fs.readFileSync(file, "utf8"), file);
    if (!read.ok || typeof read.value !== "object" || read.value === null) {
        throw new MendableError(
            `"${file}" cannot be read, so what it holds (an override, a quota) would be lost; mend it, or move it away`,
        );
    }
    return read.value as OrgFile;
}

/** Refuses what cannot be adopted. */
function assertPlanned(
    slug: string,
    plan: AdoptionPlan,
): asserts plan is Extract<AdoptionPlan, { ok: true }> {
    if (!plan.ok) {
        throw cannotBeAdopted(slug, plan.problems);
    }
}

function cannotBeAdopted(slug: string, problems: readonly string[]): MendableError {
    return new MendableError(
        `the org "${slug}" cannot be adopted:\n${listed(problems)}\nNothing was written.`,
    );
}

/** Refuses what would be lost, unless that was said to be right. */
function assertNothingLost(slug: string, lost: readonly string[], lossy: boolean): void {
    if (lost.length > 0 && !lossy) {
        throw new MendableError(
            `the org "${slug}" has what an org's file cannot say, and an update may take it away:\n${listed(lost)}\n` +
                "Nothing was written. Move it elsewhere first, or adopt without it: --lossy.",
        );
    }
}

/** An import reads the live objects whole into the state, and with them what stands in plain text there. */
function assertNoCredentials(slug: string, credentials: readonly string[], isImport: boolean): void {
    if (isImport && credentials.length > 0) {
        throw new MendableError(
            `the org "${slug}" has credentials in plain text, and an import would keep them in the state:\n${listed(credentials)}\n` +
                'Nothing was written. Have the Deployment read them from a Secret first ("kubectl set env --from=secret/…").',
        );
    }
}

function describePlan(
    plan: {
        changes: readonly string[];
        diff: AdoptionDiff;
        lost: readonly string[];
        others: readonly string[];
    },
    files: readonly string[],
    verb: string,
): string {
    const parts = [
        ...files.map((file) => `${verb} ${file}`),
        `\nThe next update changes:\n${listed([...plan.changes, ...plan.diff.added])}`,
    ];
    if (plan.lost.length > 0) {
        parts.push(`It may take away, since the file does not say it:\n${listed(plan.lost)}`);
    }
    if (plan.others.length > 0) {
        parts.push(`In the same namespace, and touched by the org's guards:\n${listed(plan.others)}`);
    }
    return parts.join("\n");
}

/** Says what the preview after the import would do, and returns the exit code. */
function tellVerdict(
    { changes, elsewhere, forbidden }: AdoptionVerdict,
    stack: string,
    io: CommandIo,
): number {
    io.out(printable(`\nImported. The engine's preview of the org:\n${listed(changes)}`));
    if (elsewhere > 0) {
        io.out(`and ${elsewhere} changes of other orgs, which are not this adoption's ("fleet preview").`);
    }
    if (forbidden.length > 0) {
        io.out(printable(`It would also do what must not be; the import is undone:\n${listed(forbidden)}`));
        return EXIT_CODES.notAsItShouldBe;
    }
    io.out(`Nothing is replaced or deleted. Next: pulumi up --stack ${stack}`);
    return EXIT_CODES.done;
}

function listed(lines: readonly string[]): string {
    return lines.map((line) => `  - ${line}`).join("\n");
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
