import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { formatImageReference } from "../../../../images/imageReference";
import { readOrgs } from "../../../../config/readOrgs";
import { type HoldOptions, type UnholdOptions, runHold, runUnhold } from "../../../../pins/hold/runHold";
import type { RegistryTrouble } from "../../../../registry/registryClient";
import { writeVeto } from "../../../../pins/veto/writeVeto";
import { OrgsDirectory } from "../../../support/orgsDirectory";
import { testIo } from "../../../support/testIo";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (letter: string, runtime = "claude-code") => `ghcr.io/genbrain/${runtime}@${digest(letter)}`;

const ORG = `# Acme, since 2024.
slug: acme
displayName: Acme
agents:
  - name: concierge # talks
    runtime: platform-agent
  - name: coder
    runtime: claude-code
    env: { LOG_LEVEL: info }
quota:
  pods: "60" # by contract
`;

describe("fleet hold", () => {
    let checkout: OrgsDirectory;
    let printed: string;
    let trouble: RegistryTrouble | undefined;
    let onAsk: () => void;

    const io = testIo({
        out: (text) => (printed += text),
        err: (text) => (printed += text),
        now: () => new Date("2026-11-27T12:00:00Z"),
    });
    const hold = (change: Partial<HoldOptions> = {}) => {
        const options = {
            ...{ who: "acme/coder", to: "v1", until: "2027-01-31", reason: "Ticket 4711", owner: "ann" },
            project: checkout.root,
        };
        return runHold({ ...options, ...change }, io, () => {
            onAsk();
            return Promise.resolve(trouble);
        });
    };
    const unhold = (change: Partial<UnholdOptions> = {}) =>
        runUnhold({ who: "acme/coder", project: checkout.root, ...change }, io);
    const org = (file = "orgs/prod/acme.yaml") => fs.readFileSync(path.join(checkout.root, file), "utf8");
    const readOrg = () => {
        const [found] = readOrgs("orgs/prod", checkout.root);
        assert.ok(found !== undefined);
        return found;
    };
    const release = (name: string, letter: string, result = "passed", repository = "claude-code") => {
        const published = {
            repository: `ghcr.io/genbrain/${repository}`,
            digest: digest(letter),
            gitSha: "19f3175",
            publishedAt: "2026-11-01T10:00:00Z",
            evidence: [{ name: "smoke", result, url: "https://ci.example.com/1" }],
        };
        checkout.write(
            `releases/${name}.json`,
            JSON.stringify({ schemaVersion: 1, release: name, runtimes: { "claude-code": published } }),
        );
    };
    const writePins = (claude: object, promotion: object = {}) => {
        const config = {
            "platform:kubeContext": "prod",
            "platform:promotion": promotion,
            "platform:runtimes": {
                "claude-code": claude,
                "platform-agent": { image: image("a", "platform-agent"), release: "v2" },
            },
        };
        checkout.write("platform/Pulumi.prod.yaml", { config });
    };
    const writeStack = (name: string, overrides: object = {}) => {
        checkout.write(`Pulumi.${name}.yaml`, {
            config: {
                "customer-orgs:referenceStack": "organization/platform/prod",
                "customer-orgs:orgs": `orgs/${name}`,
                "customer-orgs:kubeContext": "prod",
                "customer-orgs:overrides": overrides,
            },
        });
    };

    beforeEach(() => {
        printed = "";
        trouble = undefined;
        onAsk = () => undefined;
        checkout = new OrgsDirectory();
        checkout.write("Pulumi.yaml", { name: "customer-orgs" });
        checkout.write("platform/Pulumi.yaml", { name: "platform" });
        writePins({ image: image("2"), release: "v2" });
        writeStack("prod");
        checkout.write("orgs/prod/acme.yaml", ORG);
        release("v1", "1");
    });
    afterEach(() => {
        checkout.remove();
    });

    it("writes an agent's override beside it, keeps comments and order, and shows the diff", async () => {
        assert.equal(await hold(), 0);
        const expected = ORG.replace(
            "    env: { LOG_LEVEL: info }\n",
            `    env: { LOG_LEVEL: info }
    imageOverride:
      image: ${image("1")}
      owner: ann
      reason: Ticket 4711
      expires: "2027-01-31"
`,
        );
        assert.equal(org(), expected);
        assert.match(printed, /^hold acme\/coder on v1 until 2027-01-31: written\n/);
        assert.match(printed, /^\+ {4}imageOverride:$/m);
        assert.match(printed, /^ quota:$/m, "with what stands around it");
        assert.doesNotMatch(printed, /^[-+].*by contract/m);
    });

    it("writes an org's override by runtime, and names what the release does not have", async () => {
        assert.equal(await hold({ who: "acme" }), 0);
        const overrides = readOrg().imageOverrides ?? new Map();
        assert.deepEqual([...overrides.keys()], ["claude-code"]);
        assert.ok(org().startsWith(ORG), "at the end, and all else as it was");
        assert.match(printed, /platform-agent: nothing is known as "v1"/);
    });

    it("takes a digest that the pin's history has, and renews an override key by key", async () => {
        writePins({ image: image("2"), history: [{ image: image("3"), release: "v0" }] });
        assert.equal(await hold({ to: digest("3") }), 0);
        fs.writeFileSync(
            path.join(checkout.root, "orgs/prod/acme.yaml"),
            org().replace('expires: "2027-01-31"', 'expires: "2027-01-31" # asked for in writing'),
        );
        assert.equal(await hold({ to: "v1", until: "2027-02-10" }), 0);
        assert.match(org(), /expires: "2027-02-10" # asked for in writing/);
        const override = readOrg().agents.find(({ name }) => name === "coder")?.imageOverride;
        assert.equal(override && formatImageReference(override.image), image("1"));
    });

    it("lets go again, and the file is as it was before", async () => {
        for (const who of ["acme", "acme/coder"]) {
            assert.equal(await hold({ who }), 0);
            assert.notEqual(org(), ORG);
            assert.equal(await unhold({ who }), 0);
            assert.equal(org(), ORG);
            assert.equal(await unhold({ who }), 0, "nothing is held");
        }
        assert.match(printed, /nothing to change/);
    });

    describe("refuses with exit code 1, and writes nothing", () => {
        const cases: Readonly<
            Record<string, readonly [RegExp, (() => void) | undefined, Partial<HoldOptions>?]>
        > = {
            "what was vetoed": [
                /veto: .*vetoed by bob/,
                () => {
                    writeVeto(checkout.root, {
                        digest: digest("1"),
                        reason: "leaks",
                        by: "bob",
                        at: "2026-11-20T00:00:00Z",
                    });
                },
            ],
            "what was vetoed while the registry was asked": [
                /veto: .*vetoed by bob/,
                () => {
                    onAsk = () => {
                        writeVeto(checkout.root, {
                            digest: digest("1"),
                            reason: "leaks",
                            by: "bob",
                            at: "2026-11-20T00:00:00Z",
                        });
                    };
                },
            ],
            "what no release and no pin has": [
                /release: no release in releases\/ .* is "v9"/,
                undefined,
                { to: "v9" },
            ],
            "a digest that nobody published": [/release: no release/, undefined, { to: digest("9") }],
            "what the registry does not have": [
                /registry: it is gone/,
                () => (trouble = { message: "it is gone" }),
            ],
            "more than 90 days": [/override: .*expected at most 90 days/, undefined, { until: "2027-06-01" }],
            "a day that has passed": [/override: .*expired/, undefined, { until: "2026-11-26" }],
            "another repository than the pin's": [
                /override: .*another repository/,
                () => {
                    release("v1", "1", "passed", "elsewhere");
                },
            ],
            "a check that failed, also under another name": [
                /evidence: the check "smoke" failed/,
                () => {
                    release("v1-again", "1", "failed");
                },
            ],
            "what the environment was rolled back from": [
                /hold: this is an image that prod was rolled back from: crashes/,
                () => {
                    const hold = {
                        reason: "crashes",
                        by: "bob",
                        since: "2026-11-20T00:00:00Z",
                        badImage: image("1"),
                    };
                    writePins({ image: image("2"), release: "v2", hold });
                },
            ],
        };
        for (const [what, [expected, make, change]] of Object.entries(cases)) {
            it(what, async () => {
                make?.();
                assert.equal(await hold(change), 1, printed);
                assert.match(printed, expected);
                assert.equal(org(), ORG);
            });
        }

        it("to let go to a pin that is vetoed", async () => {
            await hold();
            const before = org();
            writeVeto(checkout.root, {
                digest: digest("2"),
                reason: "leaks",
                by: "bob",
                at: "2026-11-20T00:00:00Z",
            });
            assert.equal(await unhold(), 1);
            assert.equal(org(), before);
        });
    });

    it("cannot tell, exit code 2, where the registry does not answer or the vetoes cannot be read", async () => {
        trouble = { message: "no connection", unknown: true };
        assert.equal(await hold(), 2);
        trouble = undefined;
        checkout.write("platform/vetoes.yaml", "{");
        assert.equal(await hold(), 2);
        assert.match(printed, /not everything could be found out/);
        assert.equal(org(), ORG);
    });

    it("cannot tell which repository is allowed where the pin follows a live Deployment, unless they are listed", async () => {
        writePins({ fromDeployment: {} });
        assert.equal(await hold(), 2);
        writePins(
            { fromDeployment: {} },
            { repositories: { "claude-code": ["ghcr.io/genbrain/claude-code"] } },
        );
        assert.equal(await hold(), 0);
    });

    it("asks which stack is meant, and names an org's agents", async () => {
        writeStack("prod-02");
        checkout.write("orgs/prod-02/acme.yaml", ORG);
        await assert.rejects(
            hold(),
            /several stacks have an org "acme"; expected --stack prod or --stack prod-02/,
        );
        assert.equal(await hold({ stack: "prod-02" }), 0);
        assert.equal(org(), ORG);
        assert.notEqual(org("orgs/prod-02/acme.yaml"), ORG);
        await assert.rejects(
            hold({ who: "acme/code", stack: "prod" }),
            /no agent "code"; expected one of concierge, coder/,
        );
        await assert.rejects(hold({ who: "umbrella" }), /no org "umbrella"/);
        await assert.rejects(hold({ owner: " ", stack: "prod" }), /owner/);
    });

    it("does not write over a file that somebody changed meanwhile", async () => {
        const theirs = ORG.replace("Acme\n", "Acme Corporation\n");
        onAsk = () => {
            checkout.write("orgs/prod/acme.yaml", theirs);
        };
        await assert.rejects(hold(), /was changed while this was checked/);
        assert.equal(org(), theirs);
    });

    it("refuses to change an anchor that stands for other agents too", async () => {
        const override = `{ image: "${image("2")}", owner: bob, reason: x, expires: "2026-12-31" }`;
        const shared = ORG.replace(
            "    runtime: platform-agent\n",
            `    runtime: claude-code\n    imageOverride: &held ${override}\n`,
        ).replace("    env: { LOG_LEVEL: info }\n", "    imageOverride: *held\n");
        checkout.write("orgs/prod/acme.yaml", shared);
        await assert.rejects(hold({ who: "acme/concierge" }), /an anchor that stands for others too/);
        assert.equal(org(), shared);
    });

    describe("with --pull-request", () => {
        const git = (...args: string[]) =>
            execFileSync(
                "git",
                ["-C", checkout.root, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args],
                {
                    encoding: "utf8",
                },
            );
        const env = [
            "GIT_AUTHOR_NAME",
            "GIT_AUTHOR_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_COMMITTER_EMAIL",
        ] as const;
        beforeEach(() => {
            env.forEach((name) => (process.env[name] = "t@example.com"));
            git("init", "--quiet", "--initial-branch=main");
            git("add", "--all");
            git("commit", "--quiet", "-m", "first");
        });
        afterEach(() => {
            env.forEach((name) => Reflect.deleteProperty(process.env, name));
        });

        it("leaves a branch with a commit, and no change of what is checked out", async () => {
            checkout.write("notes.txt", "mine");
            git("add", "notes.txt");
            assert.equal(await hold({ pullRequest: true }), 0);
            assert.equal(org(), ORG);
            assert.equal(git("status", "--porcelain"), "A  notes.txt\n");
            assert.equal(git("branch", "--show-current"), "main\n");
            const branch = "hold/acme-coder-until-2027-01-31";
            assert.equal(git("diff", "--name-only", "main", branch), "orgs/prod/acme.yaml\n");
            assert.match(git("show", `${branch}:orgs/prod/acme.yaml`), /imageOverride:/);
            assert.match(
                git("log", "-1", "--format=%B", branch),
                /^hold acme\/coder on v1 until 2027-01-31\n\nTicket 4711\n\nOwner: ann/,
            );
            assert.match(printed, new RegExp(`git push origin ${branch}`));
        });

        it("refuses a file that is not committed, and a branch that is there", async () => {
            assert.equal(await hold({ pullRequest: true }), 0);
            await assert.rejects(
                hold({ pullRequest: true }),
                /there is a branch "hold\/acme-coder-until-2027-01-31" already/,
            );
            checkout.write("orgs/prod/acme.yaml", `${ORG}# changed\n`);
            await assert.rejects(
                hold({ pullRequest: true, until: "2027-01-30" }),
                /acme\.yaml is not as the last commit has it/,
            );
        });
    });
});
