import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PassThrough } from "node:stream";
import { runCheck } from "../../../engine/runCheck";
import { renderStack } from "../../../engine/renderStack";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { MendableError } from "../../../lib/text/mendableError";
import { planInit } from "../../../setup/plan";
import { runInit } from "../../../setup/runInit";
import { WORKFLOWS, adaptWorkflow } from "../../../setup/workflows";
import { NOBODY, OTHER_PLATFORM, emptyCopy, initGolden } from "../../support/initGolden";
import { testIo } from "../../support/testIo";

const problemsOf = (answers: Parameters<typeof planInit>[0]): readonly string[] => {
    try {
        planInit(answers);
    } catch (error) {
        assert.ok(error instanceof MendableError);
        return error.problems;
    }
    return [];
};

describe("fleet init", function () {
    this.timeout(60_000);
    let project: string;
    beforeEach(() => {
        project = emptyCopy();
    });
    afterEach(() => {
        fs.rmSync(project, { recursive: true });
    });
    const written = () => fs.globSync("**/Pulumi.*.yaml", { cwd: project }).sort();
    const read = (file: string) => fs.readFileSync(path.join(project, file), "utf8");

    it("writes what the golden files say", async () => {
        const files = await initGolden();
        const directory = path.join(PACKAGE_ROOT, "test", "golden", "init");
        const golden = fs.globSync(["**/*.{yaml,yml,json}", ".github/**/*.yml"], { cwd: directory });
        assert.deepEqual([...files.keys()].sort(), golden.sort());
        for (const [file, text] of files) {
            assert.equal(
                text,
                fs.readFileSync(path.join(directory, file), "utf8"),
                `${file}: "npm run golden"`,
            );
        }
    });

    it("writes what both programs render and the policies pass", async () => {
        assert.equal(await runInit({ ...OTHER_PLATFORM, project }, testIo(), NOBODY), 0);
        for (const stack of ["dev", "live"]) {
            const { customerOrgs } = await renderStack({ stack, root: project, now: new Date() });
            const deployments = customerOrgs.filter(({ kind }) => kind === "Deployment");
            assert.equal(deployments.length, 2);
        }
        let report = "";
        const io = testIo({ out: (text) => (report += text) });
        assert.equal(await runCheck({ project }, io), 0, report);
        assert.match(report, /^\d+ objects checked, 0 mandatory, 0 advisory/m);
    });

    it("asks the registry for the digest of a tag, and pins what it says", async () => {
        const digest = `sha256:${"c".repeat(64)}`;
        const asked: string[] = [];
        const options = { ...OTHER_PLATFORM, runtime: ["coder=sha-19f3175"], project };
        await runInit(options, testIo(), NOBODY, (repository, tag) => {
            asked.push(`${repository}:${tag}`);
            return Promise.resolve({ ok: true, digest });
        });
        assert.deepEqual(asked, ["registry.acme.example/agents/coder:sha-19f3175"]);
        assert.match(read("platform/Pulumi.live.yaml"), new RegExp(`coder:sha-19f3175@${digest}`));
    });

    it("writes nothing where a registry does not have an image, and names each", async () => {
        const options = {
            ...OTHER_PLATFORM,
            runtime: ["coder=sha-19f3175", "reviewer=sha-0c41d77"],
            project,
        };
        await assert.rejects(
            runInit(options, testIo(), NOBODY, (repository) =>
                Promise.resolve({ ok: false, trouble: `${repository}: 404` }),
            ),
            /"coder": .*coder: 404.*--no-resolve[\s\S]*"reviewer": .*reviewer: 404/,
        );
        assert.deepEqual(written(), []);
    });

    it("says all that is wrong at once, each with the option and what was expected", () => {
        const problems = problemsOf({
            environment: ["Prod", "live=one", "next=one"],
            registry: "acme",
            runtime: ["claude-code=latest", "x_y=sha-19f3175", "bare"],
            coreFleet: "mine",
            coreAgent: ["ceo=nobody"],
            org: "Acme Corp",
            ci: "jenkins",
        });
        for (const expected of [
            /^--environment "Prod": expected a stack's name/,
            /^--environment: two have one context/,
            /^--registry "acme": expected a registry's name/,
            /^--runtime "claude-code=latest": .*can be moved.*expected a git-SHA tag/,
            /^--runtime "x_y": expected a DNS label/,
            /^--runtime "bare": no image is named/,
            /^--core-fleet "mine": expected one of none, managed, found/,
            /^--core-agent "ceo=nobody": expected "<agent>=<runtime>", the runtime one of claude-code/,
            /^--org "Acme Corp": expected a DNS label/,
            /^--ci "jenkins": expected one of github, gitea, none/,
        ]) {
            assert.ok(
                problems.some((problem) => expected.test(problem)),
                `${String(expected)}\n${problems.join("\n")}`,
            );
        }
        assert.deepEqual(
            problemsOf({}).map((problem) => problem.split(":")[0]),
            ["--environment", "--registry", "--runtime", "--org"],
        );
    });

    it("overwrites nothing, and names every file that is there", async () => {
        await runInit({ ...OTHER_PLATFORM, project }, testIo(), NOBODY);
        const before = read("Pulumi.live.yaml");
        await assert.rejects(
            runInit({ ...OTHER_PLATFORM, project, org: "hooli" }, testIo(), NOBODY),
            ({ problems }: MendableError) =>
                problems.length === 10 &&
                problems.some((each) => each.startsWith("Pulumi.live.yaml: is there")),
        );
        assert.equal(read("Pulumi.live.yaml"), before);
        assert.ok(!fs.existsSync(path.join(project, "orgs/live/hooli.yaml")));
    });

    it("takes the shipped examples away where it is told to, and never stacks that are somebody's", async () => {
        for (const file of ["Pulumi.prod.yaml", "platform/Pulumi.prod.yaml", "orgs/prod/acme.yaml"]) {
            fs.mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
            fs.copyFileSync(path.join(PACKAGE_ROOT, file), path.join(project, file));
        }
        const options = { ...OTHER_PLATFORM, environment: ["prod=eks-prod"], project };
        await runInit({ ...options, replaceExamples: true }, testIo(), NOBODY);
        assert.match(read("Pulumi.prod.yaml"), /kubeContext: eks-prod/);
        assert.ok(!fs.existsSync(path.join(project, "orgs/prod/acme.yaml")));
        await assert.rejects(
            runInit({ ...options, replaceExamples: true }, testIo(), NOBODY),
            /platform\/Pulumi\.prod\.yaml: these are no examples any more/,
        );
    });

    it("asks at a terminal for what no option says, and takes an empty answer for what it proposes", async () => {
        const input = Object.assign(new PassThrough(), { isTTY: true });
        const output = new PassThrough();
        let said = "";
        const answers = [
            "",
            "registry.acme.example",
            `coder=sha256:${"d".repeat(64)}`,
            "managed",
            "ceo=coder",
            "",
            "none",
        ];
        output.on("data", (chunk: Buffer) => {
            said += chunk.toString();
            if (/: $/.test(said)) {
                said += "\n";
                input.write(`${answers.shift() ?? ""}\n`);
            }
        });
        await runInit({ project, resolve: true }, testIo(), { input, output });
        assert.deepEqual(answers, []);
        assert.match(said, /Environments.*\[prod\]: /);
        assert.deepEqual(written(), ["Pulumi.prod.yaml", "platform/Pulumi.prod.yaml"]);
        assert.match(read("platform/Pulumi.prod.yaml"), /coreFleet:[\s\S]*name: ceo/);
        assert.ok(fs.existsSync(path.join(project, "orgs/prod/acme.yaml")));
        assert.ok(!fs.existsSync(path.join(project, ".github")));
    });

    it("asks nobody where there is no terminal, and says which options are missing", async () => {
        await assert.rejects(
            runInit({ project, resolve: true }, testIo(), NOBODY),
            /--environment: is missing[\s\S]*--org: is missing/,
        );
    });
});

describe("the workflows of a platform", () => {
    const runtimes = ["claude-code", "platform-agent"];
    for (const [folder, registry] of [
        [".github", "ghcr.io/genbrain"],
        [".gitea", "gitea.example.com/genbrain"],
    ] as const) {
        it(`are the committed ones in ${folder} for the platform that these are written for`, () => {
            for (const name of WORKFLOWS) {
                const text = fs.readFileSync(path.join(PACKAGE_ROOT, folder, "workflows", name), "utf8");
                const adapted = adaptWorkflow(text, {
                    environments: ["staging", "prod"].map((each) => ({ name: each, context: each })),
                    registry,
                    runtimes: runtimes.map((each) => ({
                        name: each,
                        repository: `${registry}/${each.replace("platform", "molecule-platform")}`,
                    })),
                });
                assert.equal(adapted, text, name);
            }
        });
    }
});
