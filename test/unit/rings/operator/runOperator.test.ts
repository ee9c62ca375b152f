import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../../../engine/evaluateProgram";
import { MendableError } from "../../../../lib/text/mendableError";
import { type OperatorOptions, runOperator } from "../../../../rings/operator/runOperator";
import {
    COMMIT,
    OPERATOR_SETTINGS,
    OperatorProject,
    THREE_RINGS,
} from "../../../support/operator/operatorProject";
import { DIGEST_A } from "../../../support/sampleImages";
import { testIo } from "../../../support/testIo";

const PLATFORM = "organization/platform/prod";

interface StackObject extends KubernetesObject {
    /** Absent in the ConfigMap. */
    readonly spec?: {
        readonly prerequisites?: readonly { readonly name: string }[];
        readonly [field: string]: unknown;
    };
}

describe("fleet operator", () => {
    const projects: OperatorProject[] = [];
    const project = (...args: ConstructorParameters<typeof OperatorProject>) => {
        const made = new OperatorProject(...args);
        projects.push(made);
        return made;
    };
    after(() => {
        projects.forEach((each) => {
            each.remove();
        });
    });

    async function run({ root }: OperatorProject, options: Partial<OperatorOptions> = {}) {
        let out = "";
        let err = "";
        const io = testIo({ out: (text) => (out += text), err: (text) => (err += `${text}\n`) });
        const exitCode = await runOperator({ commit: COMMIT, project: root, ...options }, io);
        return { exitCode, out, err };
    }
    const objectsOf = (text: string) =>
        parseAllDocuments(text, { version: "1.1" }).map((document) => document.toJS() as StackObject);
    const problemsOf = async (...args: Parameters<typeof run>): Promise<readonly string[]> => {
        try {
            await run(...args);
        } catch (error) {
            assert.ok(error instanceof MendableError, String(error));
            assert.equal(error.exitCode, 2);
            return error.problems;
        }
        return [];
    };

    it("writes a kubeconfig and a Stack for every stack, in the order of the rings, each after those that it reads", async () => {
        const { exitCode, out } = await run(project(THREE_RINGS));
        assert.equal(exitCode, 0);
        const [kubeconfig, ...stacks] = objectsOf(out);
        assert.equal(kubeconfig?.kind, "ConfigMap");
        assert.deepEqual(
            stacks.map(({ metadata, spec }) => [
                metadata.namespace,
                metadata.name,
                metadata.labels?.["customer-orgs/ring"],
                spec?.prerequisites?.map(({ name }) => name) ?? [],
            ]),
            [
                ["fleet", "canary", "1", []],
                ["fleet", "early-eu", "2", ["canary"]],
                ["fleet", "early-us", "2", ["canary"]],
                ["fleet", "prod", "3", ["early-eu", "early-us"]],
            ],
        );
    });

    it("says of a stack one commit, one digest, a resync, and nothing that creates, destroys or follows a branch", async () => {
        const { out } = await run(project({ canary: PLATFORM }));
        const [kubeconfig, stack] = objectsOf(out);
        assert.deepEqual(stack, {
            apiVersion: "pulumi.com/v1",
            kind: "Stack",
            metadata: { name: "canary", namespace: "fleet", labels: { "customer-orgs/ring": "1" } },
            spec: {
                stack: "organization/customer-orgs/canary",
                projectRepo: "https://github.com/acme/fleet.git",
                commit: COMMIT,
                backend: "s3://acme-pulumi",
                envRefs: {
                    KUBECONFIG: { type: "Literal", literal: { value: "/etc/fleet-kubeconfig/config" } },
                },
                useLocalStackOnly: true,
                continueResyncOnCommitMatch: true,
                resyncFrequencySeconds: 300,
                serviceAccountName: "fleet",
                workspaceTemplate: {
                    spec: {
                        image: `ghcr.io/acme/fleet-runner:2026-11@${DIGEST_A}`,
                        podTemplate: {
                            spec: {
                                containers: [
                                    {
                                        name: "pulumi",
                                        volumeMounts: [
                                            {
                                                name: "fleet-kubeconfig",
                                                mountPath: "/etc/fleet-kubeconfig",
                                                readOnly: true,
                                            },
                                        ],
                                    },
                                ],
                                volumes: [
                                    {
                                        name: "fleet-kubeconfig",
                                        configMap: { name: kubeconfig?.metadata.name },
                                    },
                                ],
                            },
                        },
                    },
                },
            },
        });
    });

    it("gives programs a kubeconfig with the stacks' context, the pod's own account and no credential", async () => {
        const { out } = await run(project({ canary: PLATFORM }));
        const [kubeconfig] = objectsOf(out);
        assert.equal(kubeconfig?.["immutable"], true);
        const { config } = kubeconfig["data"] as { readonly config: string };
        const account = "/var/run/secrets/kubernetes.io/serviceaccount";
        assert.deepEqual(JSON.parse(config), {
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name: "in-cluster",
                    cluster: {
                        server: "https://kubernetes.default.svc",
                        "certificate-authority": `${account}/ca.crt`,
                    },
                },
            ],
            users: [{ name: "service-account", user: { tokenFile: `${account}/token` } }],
            contexts: [{ name: "prod", context: { cluster: "in-cluster", user: "service-account" } }],
            "current-context": "prod",
        });
    });

    it("refers to secrets by name alone: for git by its kind of URL, and for the environment", async () => {
        const gitSecret = { secret: "git", key: "key" };
        const secretEnv = { PULUMI_CONFIG_PASSPHRASE: { secret: "state", key: "passphrase" } };
        const more = {
            gitSecret,
            secretEnv,
            env: { AWS_REGION: "eu-central-1" },
            directory: "fleet",
            organization: "acme",
            resync: "90s",
            resources: { requests: { memory: "2Gi" } },
        };
        const authOf = async (repository: string) => {
            const settings = { ...OPERATOR_SETTINGS, ...more, repository };
            const { out } = await run(project({ canary: "acme/platform/prod" }, settings));
            return objectsOf(out)[1]?.spec;
        };
        const spec = await authOf("https://github.com/acme/fleet.git");
        const secret = { type: "Secret", secret: { name: "git", key: "key" } };
        assert.deepEqual(spec?.["gitAuth"], { accessToken: secret });
        assert.deepEqual(spec["envRefs"], {
            AWS_REGION: { type: "Literal", literal: { value: "eu-central-1" } },
            KUBECONFIG: { type: "Literal", literal: { value: "/etc/fleet-kubeconfig/config" } },
            PULUMI_CONFIG_PASSPHRASE: { type: "Secret", secret: { name: "state", key: "passphrase" } },
        });
        assert.deepEqual(
            [spec["stack"], spec["repoDir"], spec["resyncFrequencySeconds"]],
            ["acme/customer-orgs/canary", "fleet", 90],
        );
        assert.deepEqual((await authOf("git@github.com:acme/fleet.git"))?.["gitAuth"], {
            sshAuth: { sshPrivateKey: secret },
        });
    });

    it("writes the same bytes for the same input, to standard output and to files, which sort as they are to be applied", async () => {
        const fleet = project(THREE_RINGS);
        const out = path.join(fleet.root, "out");
        const { out: text } = await run(fleet);
        const { err } = await run(fleet, { out });
        assert.match(err, /wrote 4 stacks in 3 rings for the operator in namespace "fleet"/);
        const read = () =>
            fs
                .readdirSync(out)
                .filter((file) => file.endsWith(".yaml"))
                .map((file) => [file, fs.readFileSync(path.join(out, file), "utf8")]);
        const before = read();
        assert.deepEqual(
            before.map(([file]) => file),
            ["00-kubeconfig.yaml", "01-canary.yaml", "02-early-eu.yaml", "02-early-us.yaml", "03-prod.yaml"],
        );
        assert.equal(before.map(([, one]) => one).join("---\n"), text);
        await run(fleet, { out });
        assert.deepEqual(read(), before);
    });

    it("deletes of a directory what it wrote there and no stack has any more, and nothing else", async () => {
        const fleet = project({ canary: PLATFORM, early: "canary", prod: "early" });
        const out = path.join(fleet.root, "out");
        await run(fleet, { out });
        fs.writeFileSync(path.join(out, "mine.yaml"), "");
        fleet.delete("Pulumi.early.yaml");
        fleet.writeStack("prod", "canary");
        const { err } = await run(fleet, { out });
        assert.match(err, /deleted 02-early.yaml, 03-prod.yaml/);
        assert.deepEqual(fs.readdirSync(out).sort(), [
            ".rendered-files",
            "00-kubeconfig.yaml",
            "01-canary.yaml",
            "02-prod.yaml",
            "mine.yaml",
        ]);
        fleet.delete("Pulumi.prod.yaml");
        const [problem] = await problemsOf(fleet, { out, maxDeletions: 0 });
        assert.match(problem ?? "", /1 files would be deleted .*would no longer run these stacks/);
    });

    it("refuses a directory that has the objects of another namespace: two operators would run the same stacks", async () => {
        const fleet = project({ canary: PLATFORM });
        const out = path.join(fleet.root, "out");
        await run(fleet, { out });
        fleet.writeProject({ ...OPERATOR_SETTINGS, namespace: "pulumi" });
        const [problem] = await problemsOf(fleet, { out });
        assert.match(
            problem ?? "",
            /another namespace or cluster: .*"01-canary.yaml" \(operator\/fleet@prod\)/,
        );
        assert.match(fs.readFileSync(path.join(out, "01-canary.yaml"), "utf8"), /namespace: fleet/);
    });

    for (const commit of [
        "main",
        "v1.2.3",
        "HEAD",
        COMMIT.slice(0, 12),
        COMMIT.toUpperCase(),
        `${COMMIT}\n`,
        "",
    ]) {
        it(`refuses ${JSON.stringify(commit)} for a commit`, async () => {
            const [problem] = await problemsOf(project({ canary: PLATFORM }), { commit });
            assert.match(problem ?? "", /expected the 40 hex digits of a commit/);
        });
    }

    for (const image of [
        "pulumi/pulumi:latest",
        "pulumi/pulumi:latest-nonroot",
        "pulumi/pulumi",
        "ghcr.io/acme/runner:3.260.0",
        "ghcr.io/acme/runner:sha-0123456",
        `ghcr.io/acme/runner@${DIGEST_A.slice(0, -1)}`,
    ]) {
        it(`refuses the runner image ${image}`, async () => {
            const [problem] = await problemsOf(
                project({ canary: PLATFORM }, { ...OPERATOR_SETTINGS, image }),
            );
            assert.match(problem ?? "", /customer-orgs:operator\.image: .*expected an image with its digest/);
        });
    }

    it("refuses, all at once, names that the operator does not take or that are the same", async () => {
        const long = `prod-${"x".repeat(38)}`;
        const [tooLong, same, ...more] = await problemsOf(
            project({
                [long]: PLATFORM,
                [long.slice(0, 42)]: PLATFORM,
                prod_eu: PLATFORM,
                "Prod-EU": PLATFORM,
            }),
        );
        assert.match(
            tooLong ?? "",
            /^Pulumi\.prod-x+\.yaml: the name .* has 43 characters; expected 1 to 42/,
        );
        assert.match(same ?? "", /Pulumi.Prod-EU.yaml, Pulumi.prod_eu.yaml: .* all be called "prod-eu"/);
        assert.deepEqual(more, []);
    });

    it("refuses a circle, a stack that is not here, and what it reads of none", async () => {
        const problems = await problemsOf(project({ a: "b", b: "a", c: "d" }));
        assert.equal(problems.length, 2);
        assert.match(problems.join("\n"), /there is no stack "d" here[^]*circle of references \(a → b → a\)/);
    });

    it("refuses two namespaces, two backends and two organizations in one chain", async () => {
        const fleet = project({ canary: PLATFORM, prod: "canary" });
        const other = { ...OPERATOR_SETTINGS, namespace: "other", backend: "s3://other" };
        fleet.writeStack("prod", "canary", { "customer-orgs:operator": other });
        const [namespace, backend, ...more] = await problemsOf(fleet);
        assert.match(
            namespace ?? "",
            /^customer-orgs:operator\.namespace: "fleet" of canary, "other" of prod; expected one for all stacks: a prerequisite is looked up/,
        );
        assert.match(
            backend ?? "",
            /operator\.backend: "s3:\/\/acme-pulumi" of canary, "s3:\/\/other" of prod/,
        );
        assert.deepEqual(more, []);
        const foreign = project({ canary: "acme/platform/prod" });
        assert.match(
            (await problemsOf(foreign)).join(),
            /is of another organization than its stack would be, "organization"/,
        );
    });

    it("writes the stacks of one cluster alone, and says which references no object waits for", async () => {
        const fleet = project({ canary: PLATFORM, prod: "canary" });
        fleet.writeStack("us", "canary", { "customer-orgs:kubeContext": "us" });
        const [problem] = await problemsOf(fleet);
        assert.match(problem ?? "", /of 2 clusters.*expected --context, "prod" of canary, prod; "us" of us/);
        const { out, err } = await run(fleet, { context: "us" });
        assert.deepEqual(
            objectsOf(out).map(({ metadata, spec }) => [metadata.name.slice(0, 5), spec?.prerequisites]),
            [
                ["fleet", undefined],
                ["us", undefined],
            ],
        );
        assert.match(err, /us: no object waits for canary, of another cluster/);
        assert.match((await problemsOf(fleet, { context: "eu" })).join(), /no stack has this context/);
    });

    it("refuses stacks without settings, and a kubeconfig that no pod has", async () => {
        assert.deepEqual(await problemsOf(project({ canary: PLATFORM }, null)), [
            "Pulumi.yaml: customer-orgs:operator: nothing; expected how the operator runs the stacks (docs/operator.md)",
        ]);
        const fleet = project({ canary: PLATFORM });
        fleet.writeStack("canary", PLATFORM, { "customer-orgs:kubeconfig": "/home/ann/.kube/config" });
        assert.match((await problemsOf(fleet)).join(), /"\/home\/ann\/\.kube\/config" is no file of the pod/);
    });

    it("refuses settings that hold a credential, lose the state or unsettle it, all at once", async () => {
        const settings = {
            ...OPERATOR_SETTINGS,
            repository: "https://ann:hunter2@github.com/acme/fleet.git",
            backend: "file:///state",
            namespace: "org-acme",
            resync: "30s",
            env: { PULUMI_ACCESS_TOKEN: "pul-x", PULUMI_SKIP_CHECKPOINTS: "true", KUBECONFIG: "/x" },
            branch: "main",
            destroyOnFinalize: true,
        };
        const problems = await problemsOf(project({ canary: PLATFORM }, settings));
        const text = problems.join("\n");
        for (const expected of [
            /operator\.repository: .*holds a credential/,
            /operator\.backend: .*expected "s3:/,
            /operator\.namespace: .*customer's namespace/,
            /operator\.resync: .*at least "1m"/,
            /operator\.env\.PULUMI_ACCESS_TOKEN: .*put the value in a Secret/,
            /operator\.env\.PULUMI_SKIP_CHECKPOINTS: .*lose its record/,
            /operator\.env\.KUBECONFIG/,
            /"branch"/,
            /"destroyOnFinalize"/,
        ]) {
            assert.match(text, expected);
        }
        assert.doesNotMatch(text, /hunter2|pul-x/);
    });
});
