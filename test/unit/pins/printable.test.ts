import assert from "node:assert/strict";
import * as path from "node:path";
import type { CommandIo } from "../../../lib/system/commandIo";
import { runCoverage } from "../../../pins/coverage/runCoverage";
import { runExceptions } from "../../../pins/exceptions/runExceptions";
import { printReport } from "../../../pins/formatPromotion";
import { runHistory } from "../../../pins/history";
import { runReleaseAdd } from "../../../pins/release/addToRelease";
import { runReleaseHold } from "../../../pins/releaseHold";
import type { PromotionReport } from "../../../pins/report";
import { runVeto } from "../../../pins/veto/runVeto";
import { OrgsDirectory } from "../../support/orgsDirectory";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";
import { testIo } from "../../support/testIo";

/** Sets the terminal's title and colour, and turns the direction of what follows around. */
const EVIL = "v1\u001b]0;owned\u0007\u001b[31m\u202e";

describe("what a command about pins prints", () => {
    let checkout: OrgsDirectory;
    let printed: string;
    let io: CommandIo;
    const print = (text: string) => {
        printed += `${text}\n`;
    };

    beforeEach(() => {
        printed = "";
        io = testIo({ out: print, err: print, now: () => new Date("2026-07-01T12:00:00Z") });
        checkout = new OrgsDirectory();
        checkout.write("Pulumi.yaml", { name: "customer-orgs" });
        checkout.write("platform/Pulumi.yaml", { name: "platform" });
        const image = `ghcr.io/genbrain/claude-code@${DIGEST_A}`;
        const hold = {
            reason: EVIL,
            by: EVIL,
            since: "2026-01-20T00:00:00Z",
            badImage: image.replace(DIGEST_A, DIGEST_B),
        };
        const pin = { image, release: EVIL, promotedBy: EVIL, reason: EVIL, breakGlass: EVIL, hold };
        checkout.write("platform/Pulumi.prod.yaml", {
            config: { "platform:kubeContext": "prod", "platform:runtimes": { "claude-code": pin } },
        });
        checkout.write("platform/vetoes.yaml", {
            vetoes: [{ digest: DIGEST_A, reason: EVIL, by: EVIL, at: "2026-06-21T00:00:00Z" }],
        });
        const published = {
            repository: "ghcr.io/genbrain/claude-code",
            digest: DIGEST_B,
            gitSha: "19f3175",
            publishedAt: "2026-06-21T10:00:00Z",
            evidence: [{ name: EVIL, result: "failed", url: "https://ci.example.com/1" }],
        };
        checkout.write(
            "releases/v2.json",
            JSON.stringify({ schemaVersion: 1, release: EVIL, runtimes: { "claude-code": published } }),
        );
        checkout.write("releases/v3.json", JSON.stringify({ [EVIL]: 1 }));
    });
    afterEach(() => {
        checkout.remove();
    });

    const commands: Readonly<Record<string, (project: string) => Promise<number>>> = {
        history: (project) => runHistory({ project }, io),
        coverage: (project) => runCoverage({ project }, io),
        exceptions: (project) => runExceptions({ project }, io),
        veto: (project) => runVeto({ project, digest: DIGEST_A, reason: "x", cluster: false }, io),
        "release-hold": (project) => runReleaseHold({ project, env: ["prod"] }, io),
        "release add": (project) =>
            runReleaseAdd(
                {
                    file: path.join(project, `${EVIL}.json`),
                    release: "v4",
                    runtime: "claude-code",
                    image: `ghcr.io/genbrain/claude-code@${DIGEST_A}`,
                    gitSha: "19f3175",
                    evidence: [],
                },
                io,
            ),
        promote: () => {
            const report: PromotionReport = {
                schemaVersion: 1,
                environments: [
                    {
                        environment: "prod",
                        status: "refused",
                        runtimes: [],
                        problems: [{ check: "registry", message: `"${EVIL}" is not there` }],
                    },
                ],
                exitCode: 1,
            };
            return Promise.resolve(printReport(report, `fleet promote ${EVIL}`, false, io, undefined));
        },
    };
    for (const [name, run] of Object.entries(commands)) {
        it(`moves no terminal, whatever files, registries and clusters say: ${name}`, async () => {
            await run(checkout.root);
            assert.notEqual(printed, "");
            // eslint-disable-next-line no-control-regex
            assert.doesNotMatch(printed, /[\u0000-\u0008\u000b-\u001f\u007f\u202e]/);
        });
    }

    it("leaves JSON as it is: a program reads it", async () => {
        await runHistory({ project: checkout.root, json: true }, io);
        const { entries } = JSON.parse(printed) as { entries: { release: string }[] };
        assert.equal(entries[0]?.release, EVIL);
    });
});
