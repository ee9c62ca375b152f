import * as path from "node:path";
import type { CompareCase } from "./compareCases";
import { runWhole } from "./processTimes";

/** What a checker says of the cases: the names of those that it flags, and of those that it could not read. */
export interface Verdicts {
    readonly flagged: ReadonlySet<string>;
    readonly unread: ReadonlySet<string>;
}

export const NOTHING: Verdicts = { flagged: new Set(), unread: new Set() };

/** What the rules of Kyverno's library of the same names demand of every image. */
export const KYVERNO_RULES = [
    ["disallow-latest-tag", ["*:*", "!*:latest"]],
    ["require-image-checksum", ["*@*"]],
] as const;

export function kyvernoPolicy(name: string, patterns: readonly string[]): object {
    const rules = patterns.map((image, index) => ({
        name: `image-${index}`,
        match: { any: [{ resources: { kinds: ["Pod"] } }] },
        validate: {
            message: `expected ${image}`,
            pattern: {
                spec: {
                    containers: [{ image }],
                    "=(initContainers)": [{ image }],
                    "=(ephemeralContainers)": [{ image }],
                },
            },
        },
    }));
    return { apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", metadata: { name }, spec: { rules } };
}

export async function judgeOwn(
    own: string,
    cases: readonly CompareCase[],
    corpus: string,
): Promise<Verdicts> {
    const { stdout } = await runWhole([process.execPath, own, "--json", corpus]);
    const { findings } = JSON.parse(stdout) as {
        readonly findings: readonly { file?: string; level: string; policy: string }[];
    };
    const namesAt = (level: string) =>
        new Set(
            findings
                .filter((finding) => finding.level === level && finding.policy === "require-immutable-images")
                .map(({ file = "" }) => path.basename(file, ".yaml")),
        );
    return { flagged: namesAt("mandatory"), unread: namesAt("unknown") };
}

/** One file after the other: a single one that it cannot read ends its whole run. */
export async function judgeByKubeScore(binary: string, cases: readonly CompareCase[]): Promise<Verdicts> {
    const flagged = new Set<string>();
    const unread = new Set<string>();
    for (const { name, file } of cases) {
        const { stdout } = await runWhole([binary, "score", "-o", "json", file]);
        if (stdout.trim() === "") {
            unread.add(name);
            continue;
        }
        const objects = JSON.parse(stdout) as
            | readonly { checks: readonly { check: { id: string }; grade: number; skipped: boolean }[] }[]
            | null;
        const checks = (objects ?? []).flatMap((object) => object.checks);
        if (
            checks.some(
                ({ check, grade, skipped }) => check.id === "container-image-tag" && !skipped && grade < 10,
            )
        ) {
            flagged.add(name);
        }
    }
    return { flagged, unread };
}

/** All rules over all files at once; where one of them ends its whole run, over each half by itself. */
export async function judgeByKyverno(
    binary: string,
    policies: readonly { readonly name: string; readonly policy: string }[],
    cases: readonly CompareCase[],
): Promise<ReadonlyMap<string, Verdicts>> {
    const flagged = new Map(policies.map(({ name }) => [name, new Set<string>()]));
    const unread = new Set<string>();
    const judge = async (part: readonly CompareCase[]): Promise<void> => {
        const files = policies.map(({ policy }) => policy);
        const resources = part.flatMap(({ file }) => ["--resource", file]);
        const report = ["--policy-report", "--output-format", "json"];
        const { code, stdout } = await runWhole([binary, "apply", ...files, ...resources, ...report]);
        // No report is written where no rule is about any of them; one that it cannot bear ends it with a panic.
        if (code !== 0 && code !== 1) {
            if (part.length > 1) {
                await judge(part.slice(0, part.length / 2));
                await judge(part.slice(part.length / 2));
            } else {
                part.forEach(({ name }) => unread.add(name));
            }
            return;
        }
        const json = stdout.indexOf('{"kind"');
        if (json < 0) {
            return;
        }
        const { results = [] } = JSON.parse(stdout.slice(json)) as {
            readonly results?: readonly {
                readonly policy: string;
                readonly result: string;
                readonly resources: readonly { readonly name: string }[];
            }[];
        };
        for (const { policy, result, resources: found } of results) {
            if (result === "fail") {
                found.forEach(({ name }) => flagged.get(policy)?.add(name));
            }
        }
    };
    await judge(cases);
    return new Map([...flagged].map(([policy, names]) => [policy, { flagged: names, unread }]));
}
