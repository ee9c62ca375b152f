import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type CompareCase, writeCases } from "./compareCases";
import {
    KYVERNO_RULES,
    NOTHING,
    type Verdicts,
    judgeByKubeScore,
    judgeByKyverno,
    judgeOwn,
    kyvernoPolicy,
} from "./compareJudges";
import { describeMachine } from "./describeMachine";
import { KUBE_SCORE, KYVERNO, goTool } from "./goTool";
import { markdownTable } from "./markdownTable";
import { packChecker } from "../test/support/policy/packChecker";
import { manifest } from "./policySamples";
import { type CommandLine, processTimes } from "./processTimes";

const MANIFESTS = 1_000;
const RUNS = 5;

/** A checker that really runs. */
interface Checker {
    readonly name: string;
    readonly judge: (cases: readonly CompareCase[], directory: string) => Promise<Verdicts>;
    /** What to run over one file, as a whole process. */
    readonly command: (file: string) => CommandLine;
}

/**
 * Runs this checker and others over the corpus, and over a thousand Deployments in one file.
 *
 * @returns a page in Markdown.
 */
export async function comparePolicies(log: (line: string) => void): Promise<string> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "policy-compare-"));
    try {
        const checkers = await findCheckers(directory, log);
        const corpus = path.join(directory, "corpus");
        fs.mkdirSync(corpus);
        const cases = writeCases(corpus);
        const many = path.join(directory, "deployments.yaml");
        fs.writeFileSync(
            many,
            Array.from({ length: MANIFESTS }, (_, index) => manifest(index)).join("---\n"),
        );
        const times = await processTimes(
            checkers.map(({ command }) => command(many)),
            RUNS,
        );
        const rows: string[][] = [];
        for (const [index, { name, judge }] of checkers.entries()) {
            log(`${name} …`);
            const { flagged, unread } = await judge(cases, corpus);
            const count = (isBad: boolean, names: ReadonlySet<string>) =>
                String(cases.filter((each) => each.isBad === isBad && names.has(each.name)).length);
            const { median = NaN, least = NaN, cpu = NaN } = times[index] ?? {};
            rows.push([
                name,
                count(true, flagged),
                count(true, unread),
                count(false, flagged),
                count(false, unread),
                median.toFixed(2),
                least.toFixed(2),
                cpu.toFixed(2),
            ]);
        }
        return report(rows, cases);
    } finally {
        fs.rmSync(directory, { recursive: true });
    }
}

async function findCheckers(directory: string, log: (line: string) => void): Promise<Checker[]> {
    const { program: own } = packChecker(directory);
    const checkers: Checker[] = [
        {
            name: "image-policy",
            judge: (cases, corpus) => judgeOwn(own, cases, corpus),
            command: (file) => [process.execPath, own, file],
        },
    ];
    const kubeScore = await goTool(KUBE_SCORE, log);
    if (kubeScore !== undefined) {
        checkers.push({
            name: `kube-score ${KUBE_SCORE.version} \`container-image-tag\``,
            judge: (cases) => judgeByKubeScore(kubeScore, cases),
            command: (file) => [kubeScore, "score", file],
        });
    }
    const kyverno = await goTool(KYVERNO, log);
    if (kyverno !== undefined) {
        const policies = KYVERNO_RULES.map(([name, patterns]) => {
            const policy = path.join(directory, `${name}.yaml`);
            fs.writeFileSync(policy, JSON.stringify(kyvernoPolicy(name, patterns)));
            return { name, policy };
        });
        let verdicts: Promise<ReadonlyMap<string, Verdicts>> | undefined;
        for (const { name, policy } of policies) {
            checkers.push({
                name: `Kyverno ${KYVERNO.version} \`${name}\``,
                judge: async (cases) => {
                    verdicts ??= judgeByKyverno(kyverno, policies, cases);
                    return (await verdicts).get(name) ?? NOTHING;
                },
                command: (file) => [kyverno, "apply", policy, "--resource", file],
            });
        }
    }
    return checkers;
}

function report(rows: readonly (readonly string[])[], cases: readonly CompareCase[]): string {
    const bad = cases.filter(({ isBad }) => isBad).length;
    return [
        "# This checker and others, by running them",
        "",
        `Run with \`npm run bench -- policy-compare\` on ${describeMachine()}.`,
        "",
        `The corpus is this project's own (\`test/support/policy/corpus\`): ${bad} workloads with a mutable, unreadable or missing image, of built-in kinds and`,
        `custom resources, and ${cases.length - bad} that are allowed: by digest, by git-SHA tag, or objects that only look like workloads. A checker is asked for its`,
        "rule about image tags alone; what it was not made for (custom resources, image volumes) counts as not caught all the same.",
        "",
        markdownTable(
            [
                "",
                `caught of ${bad}`,
                "unread",
                `flagged of ${cases.length - bad} allowed`,
                "unread",
                "s, median",
                "s, least",
                "CPU s",
            ],
            rows,
        ),
        "",
        `_Unread_ could not be read or judged, which each of them says. The seconds are those of whole processes over ${MANIFESTS} Deployments in one file, ${RUNS} runs in turn;`,
        "_CPU_ is what the processors worked for one; the machine did other things too. kube-score and Kyverno do more or less else in them (kube-score's other checks, Kyverno's engine). The others of the table in",
        "[docs/policy](../policy/README.md#how-it-compares) are emulated.",
        "",
    ].join("\n");
}
