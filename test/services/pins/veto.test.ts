import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { stringify } from "yaml";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import type { CommandIo } from "../../../lib/system/commandIo";
import { interruption } from "../../../lib/system/interruption";
import { runExceptions } from "../../../pins/exceptions/runExceptions";
import { runReleaseHold } from "../../../pins/releaseHold";
import { findLiveRunners } from "../../../pins/veto/liveRunners";
import { runVeto } from "../../../pins/veto/runVeto";
import { OrgsDirectory, sampleOrg } from "../../support/orgsDirectory";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";
import { testIo } from "../../support/testIo";

const image = `ghcr.io/genbrain/claude-code@${DIGEST_A}`;
const pod = (name: string) => ({
    metadata: {
        name: `agent-a-1-${name}`,
        namespace: "org-acme",
        labels: { "pod-template-hash": "1" },
        ownerReferences: [{ kind: "ReplicaSet", name: "agent-a-1", controller: true }],
    },
    spec: { containers: [{ name: "agent", image }] },
    status: { phase: "Running" },
});

describe("fleet veto and fleet release-hold, on a server that does not do what it should", () => {
    let checkout: OrgsDirectory;
    let server: http.Server;
    let answer: (url: URL, response: http.ServerResponse) => void;
    let asked: number;

    const list = (response: http.ServerResponse, items: readonly object[], token = "", status = 200) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify({ items, metadata: { continue: token }, reason: "Expired" }));
    };
    const kubeconfig = () => path.join(checkout.root, "kubeconfig");
    const writeEnvironment = (name: string, pin: object = {}) => {
        checkout.write(`platform/Pulumi.${name}.yaml`, {
            config: {
                "platform:kubeContext": "test",
                "platform:kubeconfig": kubeconfig(),
                "platform:runtimes": { "claude-code": { image: image.replace(DIGEST_A, DIGEST_B), ...pin } },
            },
        });
    };

    beforeEach(async () => {
        asked = 0;
        server = http.createServer((request, response) => {
            asked++;
            answer(new URL(request.url ?? "/", "http://x"), response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        checkout = new OrgsDirectory();
        checkout.write("Pulumi.yaml", { name: "customer-orgs" });
        checkout.write("platform/Pulumi.yaml", { name: "platform" });
        checkout.write(
            "kubeconfig",
            stringify({
                "current-context": "test",
                clusters: [
                    {
                        name: "test",
                        cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
                    },
                ],
                contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
                users: [{ name: "test", user: { token: "t" } }],
            }),
        );
        writeEnvironment("prod");
        answer = (_url, response) => {
            list(response, []);
        };
    });
    afterEach(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        checkout.remove();
    });

    it("counts each pod once when the API server forgets its place in a list (410 Gone)", async () => {
        let forgets = true;
        answer = ({ pathname, searchParams }, response) => {
            if (pathname !== "/api/v1/pods") {
                list(response, []);
            } else if (!searchParams.has("continue")) {
                list(response, [pod("x"), pod("y")], "more");
            } else if (forgets) {
                forgets = false;
                list(response, [], "", 410);
            } else {
                list(response, [pod("z")]);
            }
        };
        const { runners, problems } = await findLiveRunners(
            [{ context: "test", kubeconfig: kubeconfig() }],
            DIGEST_A,
        );
        assert.equal(forgets, false);
        assert.deepEqual(problems, []);
        assert.deepEqual(runners, [
            { context: "test", kind: "Deployment", namespace: "org-acme", workload: "agent-a", pods: 3 },
        ]);
    });

    it("cannot tell, exit code 2, where a stack's chain ends at an environment without a file", async () => {
        checkout.write("Pulumi.eu.yaml", {
            config: {
                "customer-orgs:referenceStack": "organization/platform/eu",
                "customer-orgs:orgs": "orgs/eu",
                "customer-orgs:kubeContext": "test",
                "customer-orgs:kubeconfig": kubeconfig(),
            },
        });
        checkout.write("orgs/eu/acme.yaml", sampleOrg("acme"));
        let errors = "";
        const io = testIo({ err: (text) => (errors += text) });
        const options = { digest: DIGEST_A, reason: "leaks", project: checkout.root, cluster: false };
        assert.equal(await runVeto(options, io), 2);
        assert.match(
            errors,
            /Pulumi\.eu\.yaml: it follows the platform's "eu"; expected platform\/Pulumi\.eu\.yaml/,
        );
    });

    it("connects with the kubeconfig that the operator names, else with each stack's own", async () => {
        const options = { digest: DIGEST_A, reason: "leaks", project: checkout.root, cluster: true };
        assert.equal(await runVeto(options, testIo()), 0);
        assert.ok(asked > 0);
        assert.equal(await runVeto({ ...options, kubeconfig: "/nowhere" }, testIo()), 2);
    });

    it("cannot tell, exit code 2, where the checkout names no cluster that could be asked", async () => {
        checkout.delete("platform/Pulumi.prod.yaml");
        const project = checkout.root;
        assert.equal(
            await runVeto({ digest: DIGEST_A, reason: "leaks", project, cluster: true }, testIo()),
            2,
        );
        assert.equal(await runExceptions({ project, live: true }, testIo()), 2);
        assert.equal(asked, 0);
    });

    it("ends by Ctrl-C with exit code 130 while a cluster keeps it waiting; the veto stands, and it says what is not known", async () => {
        answer = () => undefined;
        const child = spawn(process.execPath, [
            path.join(PACKAGE_ROOT, "commands/fleet.mjs"),
            ...["veto", DIGEST_A, "--reason", "leaks", "--project", checkout.root],
        ]);
        let errors = "";
        child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
        server.once("request", () => child.kill("SIGINT"));
        const [code] = (await once(child, "close")) as [number | null];
        assert.equal(code, 130, errors);
        assert.match(
            errors,
            /the veto stands in platform\/vetoes\.yaml, and who runs the digest was not found out/,
        );
        const again = testIo({ now: () => new Date("2026-07-01T00:00:00Z") });
        answer = (_url, response) => {
            list(response, []);
        };
        const options = { digest: DIGEST_A, reason: "x", project: checkout.root, cluster: true };
        assert.equal(await runVeto(options, again), 0);
    }).timeout(30_000);

    it("releases no further hold after a signal, and names where it did and where it did not", async () => {
        const hold = { reason: "x", by: "ann", since: "2026-06-20T00:00:00Z", badImage: image };
        for (const name of ["prod", "staging"]) {
            writeEnvironment(name, { hold });
        }
        let printed = "";
        const io: CommandIo = testIo({
            out: (text) => {
                printed += text;
                process.emit("SIGTERM");
            },
            interruption,
        });
        await assert.rejects(
            runReleaseHold({ project: checkout.root, env: ["prod", "staging"] }, io),
            (error: Error & { exitCode?: number }) => {
                assert.equal(error.exitCode, 143);
                assert.match(error.message, /interrupted by SIGTERM.*: nothing was released in staging$/);
                return true;
            },
        );
        assert.equal(printed, "prod: released claude-code");
    });
});
