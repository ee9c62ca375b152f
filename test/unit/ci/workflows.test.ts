import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly if?: string;
}
interface Job {
    readonly permissions?: Readonly<Record<string, string>>;
    readonly needs?: string | readonly string[];
    readonly outputs?: Readonly<Record<string, string>>;
    readonly strategy?: { readonly "fail-fast": boolean; readonly matrix: Readonly<Record<string, unknown>> };
    readonly concurrency?: Concurrency;
    readonly steps: readonly Step[];
}
interface Concurrency {
    readonly group: string;
    readonly "cancel-in-progress": boolean;
    readonly queue?: string;
}
interface Workflow {
    readonly permissions?: unknown;
    readonly concurrency?: Concurrency;
    readonly jobs: Readonly<Record<string, Job>>;
}

const NAMES = ["coverage.yml", "pull-request.yml", "queue.yml", "release.yml"];
const textOf = (folder: string, name: string) =>
    fs.readFileSync(path.join(PACKAGE_ROOT, folder, "workflows", name), "utf8");
const workflow = (folder: string, name: string) => parse(textOf(folder, name)) as Workflow;
const runsOf = (folder: string, name: string) =>
    Object.values(workflow(folder, name).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

describe("the workflows", () => {
    it("are the same four for GitHub and for Gitea", () => {
        for (const folder of [".github", ".gitea"]) {
            assert.deepEqual(fs.readdirSync(path.join(PACKAGE_ROOT, folder, "workflows")).sort(), NAMES);
        }
    });

    for (const folder of [".github", ".gitea"]) {
        for (const name of NAMES) {
            it(`${folder}/${name} pins every action by commit, with its version beside it`, () => {
                const uses = textOf(folder, name).match(/uses: .*/g) ?? [];
                assert.ok(uses.length > 0);
                for (const line of uses) {
                    assert.match(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
                }
            });

            it(`${folder}/${name} runs npm scripts that there are, and nothing else`, () => {
                const { scripts } = JSON.parse(
                    fs.readFileSync(path.join(PACKAGE_ROOT, "package.json"), "utf8"),
                ) as {
                    scripts: Record<string, string>;
                };
                for (const run of runsOf(folder, name)) {
                    const script = /^npm (?:run (?:--silent )?([\w:-]+)|(ci|test)\b)/.exec(run);
                    assert.ok(script !== null, run);
                    const wanted = script[1] ?? (script[2] === "test" ? "test" : undefined);
                    assert.ok(wanted === undefined || wanted in scripts, run);
                }
            });

            it(`${folder}/${name} lets no expression into a shell's command`, () => {
                for (const run of runsOf(folder, name)) {
                    assert.ok(!run.includes("${{"), run);
                }
            });
        }
    }

    for (const name of NAMES) {
        it(`.github/${name} starts from no permission, each job names its own, and runs queue up`, () => {
            const { permissions, concurrency, jobs } = workflow(".github", name);
            assert.deepEqual(permissions, {});
            assert.ok(concurrency !== undefined);
            for (const [job, { permissions: own }] of Object.entries(jobs)) {
                assert.ok(own !== undefined && !Object.values(own).includes("write-all"), job);
            }
        });

        it(`.gitea/${name} runs the same scripts as GitHub's, but for the kubeconfig that OIDC gets`, () => {
            const github = runsOf(".github", name).filter((run) => !run.startsWith("npm run kubeconfig"));
            assert.deepEqual(runsOf(".gitea", name), github);
        });
    }

    it("drop no release of several quick tags", () => {
        const github = workflow(".github", "release.yml");
        for (const concurrency of [github.concurrency, github.jobs["promote"]?.concurrency]) {
            assert.deepEqual([concurrency?.["cancel-in-progress"], concurrency?.queue], [false, "max"]);
        }
        // Gitea has no such queue: what is published is recorded all the same.
        assert.equal(workflow(".gitea", "release.yml").concurrency?.group, "release-${{ github.ref_name }}");
    });

    it("queue what only has to wait, and go on with it by the clock, one promotion of an environment at a time", () => {
        for (const folder of [".github", ".gitea"]) {
            const [release, queue] = [workflow(folder, "release.yml"), workflow(folder, "queue.yml")];
            assert.deepEqual(queue.jobs["queue"]?.concurrency, release.jobs["promote"]?.concurrency);
            assert.deepEqual(queue.jobs["queue"]?.strategy, release.jobs["promote"]?.strategy);
            for (const name of ["release.yml", "queue.yml"]) {
                const [run = ""] = runsOf(folder, name).filter((each) => each.includes("fleet -- promote"));
                assert.match(
                    run,
                    /--when-allowed .*\|\| \{ code=\$\?; test "\$code" -eq 3 \|\| exit "\$code"; \}$/,
                );
            }
        }
    });

    it("promote every environment, each for itself, after whatever was published was recorded", () => {
        for (const folder of [".github", ".gitea"]) {
            const { jobs } = workflow(folder, "release.yml");
            assert.deepEqual(jobs["promote"]?.strategy, {
                "fail-fast": false,
                matrix: { environment: ["staging", "prod"] },
            });
            assert.equal(jobs["promote"].needs, "record");
            const published = Object.entries(jobs).filter(([name]) => name.startsWith("publish-"));
            for (const [name, { outputs }] of published) {
                assert.deepEqual(outputs, { digest: "${{ steps.push.outputs.digest }}" });
                const runtime = name.slice("publish-".length);
                const added = runsOf(folder, "release.yml").some(
                    (run) => run.includes(`--runtime ${runtime} --image`) && run.includes("release add"),
                );
                assert.ok(added, runtime);
                assert.ok(jobs["record"]?.needs?.includes(`smoke-${runtime}`), runtime);
            }
            assert.ok(published.length >= 2);
        }
    });
});
