import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import type { FleetReport } from "../../fleet/stale/fleetReport";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** What a stack of such a project is said to have deployed: org → the image of its one agent `coder`. */
export interface StaleStack {
    readonly context: string;
    readonly kubeconfig: string;
    readonly images: Readonly<Record<string, string>>;
    /** Of the output, beside `agents`. */
    readonly outputs?: object;
}

/** A checkout of stacks with files in the engine's place, for `fleet stale` against a live cluster. */
export class StaleProject {
    public readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-stale-"));
    private readonly stacks: string[] = [];

    /** @param pin what `claude-code` is pinned to, as release `v2` */
    public constructor(pin: string) {
        this.write("Pulumi.yaml", "name: customer-orgs\nruntime: nodejs\n");
        const pins = { "claude-code": { image: pin, release: "v2", promotedAt: "2026-06-21T10:19:30Z" } };
        this.write("reference.json", JSON.stringify({ runtimeImages: { schemaVersion: 1, runtimes: pins } }));
    }

    /** Writes a stack's settings, its orgs' files and its outputs. */
    public addStack(stack: string, { context, kubeconfig, images, outputs }: StaleStack): void {
        this.stacks.push(stack);
        this.write(
            `Pulumi.${stack}.yaml`,
            stringify({
                config: {
                    "customer-orgs:referenceStack": "organization/platform/test",
                    "customer-orgs:orgs": `orgs/${stack}`,
                    "customer-orgs:kubeContext": context,
                    "customer-orgs:kubeconfig": kubeconfig,
                },
            }),
        );
        for (const slug of Object.keys(images)) {
            const agents = [{ name: "coder", runtime: "claude-code" }];
            this.write(`orgs/${stack}/${slug}.yaml`, stringify({ slug, displayName: slug, agents }));
        }
        const agents = Object.fromEntries(
            Object.entries(images).map(([slug, image]) => [
                slug,
                { coder: { image, source: "pin", runtime: "claude-code" } },
            ]),
        );
        this.write(`${stack}.json`, JSON.stringify({ agents, ...outputs }));
    }

    /** Writes a file of the checkout. */
    public write(file: string, text: string): void {
        const whole = path.join(this.directory, file);
        fs.mkdirSync(path.dirname(whole), { recursive: true });
        fs.writeFileSync(whole, text);
    }

    /** Runs `fleet stale` with the stacks' files. */
    public stale(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
        return this.fleet("stale", ...args);
    }

    /** Runs a command that reads the stacks' files in the engine's place. */
    public fleet(
        command: string,
        ...args: string[]
    ): Promise<{ code: number; output: string; errors: string }> {
        const files = [
            ...this.stacks.flatMap((stack) => [
                "--outputs",
                `${stack}=${path.join(this.directory, `${stack}.json`)}`,
            ]),
            ...["--reference", path.join(this.directory, "reference.json")],
        ];
        const all = [command, "--project", this.directory, "--no-engine", ...files, ...args];
        return new Promise((resolve) => {
            execFile(
                process.execPath,
                [path.join(PACKAGE_ROOT, "commands", "fleet.mjs"), ...all],
                // Not the project's folder, and no cluster of the environment's: what is read must have been named.
                {
                    cwd: os.tmpdir(),
                    env: { ...process.env, KUBECONFIG: "/nowhere" },
                    maxBuffer: 64 * 1024 * 1024,
                },
                (error, output, errors) => {
                    resolve({ code: error === null ? 0 : Number(error.code), output, errors });
                },
            );
        });
    }

    /** The report of `fleet stale`, with what it says of an org, or of a workload: `org` or `org/name`. */
    public async report(
        ...args: string[]
    ): Promise<FleetReport & { readonly of: (key: string) => FleetReport["rows"][number] }> {
        const { output, errors } = await this.stale("--json", ...args);
        if (!output.startsWith('{\n  "schemaVersion"')) {
            throw new Error(output + errors);
        }
        const report = JSON.parse(output) as FleetReport;
        return {
            ...report,
            of: (key) => {
                const row = report.rows.find(
                    ({ org, agent }) => org === key || `${org}/${agent ?? ""}` === key,
                );
                if (row === undefined) {
                    throw new Error(
                        `no row "${key}": ${report.rows.map(({ org, agent }) => `${org}/${agent ?? ""}`).join(", ")}`,
                    );
                }
                return row;
            },
        };
    }

    /** Removes the checkout. */
    public remove(): void {
        fs.rmSync(this.directory, { recursive: true });
    }
}
