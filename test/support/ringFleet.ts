import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { pause } from "../../lib/system/pause";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { imagesIn } from "./objects";
import { REFERENCE } from "./referenceProject";
import { RingStack } from "./ringStacks";
import type { EngineSuite } from "./useEngine";

/** How a command ended; `code` is `null` where it was killed. */
export interface Ended {
    readonly code: number | null;
    readonly output: string;
    readonly errors: string;
}

/** What is done to a command while it runs. */
export interface Interrupt {
    /** Whether the moment has come, by what it has printed on standard error or by anything else. */
    readonly when: (errors: string) => boolean | Promise<boolean>;
    /** Is given the process's id; the process leads a group of its own. */
    readonly act: (pid: number) => void | Promise<void>;
}

/** What `fleet rollout --json` says of one stack, as far as tests look. */
interface StackJson {
    readonly stack: string;
    readonly state: string;
    readonly updated: boolean;
    readonly checkpoints: boolean | null;
}

/** One of the three stacks. */
type Which = "one" | "two" | "late";

/** Three stacks in two rings, of a suite's own: `<name>-one` and `<name>-two`, and `<name>-late`, which reads both. */
export class RingFleet {
    private constructor(
        private readonly suite: EngineSuite,
        private readonly name: string,
        public readonly one: RingStack,
        public readonly two: RingStack,
        public readonly late: RingStack,
    ) {}

    /** Writes their files and makes them, with orgs `<name>-one-1` … in each. */
    public static async create(suite: EngineSuite, name: string, orgs = 1): Promise<RingFleet> {
        const orgsOf = (stack: string) =>
            Object.fromEntries(Array.from({ length: orgs }, (_, index) => [`${stack}-${index + 1}`, {}]));
        const make = (stack: string) =>
            RingStack.create(suite, stack, { reference: REFERENCE, orgs: orgsOf(stack) });
        const one = await make(`${name}-one`);
        const two = await make(`${name}-two`);
        const late = await make(`${name}-late`);
        const fleet = new RingFleet(suite, name, one, two, late);
        fleet.configure("late");
        return fleet;
    }

    /** Writes an org's file into the directory of one of them; without `org`, deletes it. */
    public writeOrg(which: Which, slug: string, more?: object): void {
        const agents = [{ name: "main", runtime: "platform-agent" }];
        const org = more && { slug, displayName: slug, agents, ...more };
        this.suite.workspace.writeOrg(this[which].name, slug, org);
    }

    /** Once an agent of one of them is on an image, its update being under way. */
    public onceOn(which: Which, image: string): () => Promise<boolean> {
        return async () => (await this.imageOf(which)) === image;
    }

    /** Changes the settings of one of them. */
    public configure(which: Which, settings: object = {}): void {
        const references = [this.one.reference, this.two.reference];
        const reference = which === "late" ? { "customer-orgs:referenceStack": references } : {};
        this[which].configure(REFERENCE, { ...reference, ...settings });
    }

    /** The image of an org's agent in the cluster. */
    public async imageOf(which: Which, org = 1): Promise<string | undefined> {
        return (await imagesIn(this.suite.cluster, `org-${this.name}-${which}-${org}`))["agent-main"];
    }

    /** The release that a stack exports. */
    public async releaseOf(which: Which): Promise<string | undefined> {
        const outputs = await this[which].stack.outputs();
        const images = outputs["runtimeImages"]?.value as
            { runtimes: Record<string, { release: string }> } | undefined;
        return images?.runtimes["platform-agent"]?.release;
    }

    /** Rolls out to all of them. */
    public rollout(more: readonly string[] = [], interrupt?: Interrupt): Promise<Ended> {
        return this.fleet(["rollout", this.name, ...more], interrupt);
    }

    /** The same, in JSON: stack → what was said of it. */
    public async rolloutJson(more: readonly string[] = [], interrupt?: Interrupt) {
        const { code, output, errors } = await this.rollout(["--json", ...more], interrupt);
        assert.ok(code === 0 || code === 1 || code === 3, errors + output);
        const { rings } = JSON.parse(output) as { rings: StackJson[][] };
        return { code, errors, stacks: new Map(rings.flat().map((each) => [each.stack, each])) };
    }

    /** Runs a fleet command on their project. */
    public async fleet(args: readonly string[], interrupt?: Interrupt): Promise<Ended> {
        const { workspace } = this.suite;
        const child = spawn(
            process.execPath,
            ["commands/fleet.mjs", ...args, "--project", workspace.directory],
            {
                cwd: PACKAGE_ROOT,
                env: { ...process.env, ...workspace.env },
                stdio: ["ignore", "pipe", "pipe"],
                detached: true,
            },
        );
        const printed = { output: "", errors: "" };
        child.stdout.on("data", (chunk: Buffer) => (printed.output += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (printed.errors += chunk.toString()));
        const ended = new Promise<number | null>((resolve, reject) => {
            child.once("error", reject);
            child.once("close", resolve);
        });
        const running = () => child.exitCode === null && child.signalCode === null;
        if (interrupt !== undefined) {
            while (running() && !(await interrupt.when(printed.errors))) {
                await pause(100);
            }
            assert.ok(running() && child.pid !== undefined, `it ended too early:\n${printed.errors}`);
            await interrupt.act(child.pid);
        }
        return { code: await ended, ...printed };
    }

    /** The stacks whose state is locked now. */
    public locked(): readonly string[] {
        const state = this.suite.workspace.env["PULUMI_BACKEND_URL"]?.replace(/^file:\/\/|\?.*$/g, "") ?? "";
        const locks = path.join(state, ".pulumi", "locks");
        const files = fs.existsSync(locks)
            ? fs.readdirSync(locks, { recursive: true, encoding: "utf8" })
            : [];
        return files
            .filter((file) => file.endsWith(".json"))
            .map((file) => path.basename(path.dirname(file)));
    }

    /** Clears locks as an operator does, after a kill. */
    public clearLocks(): void {
        for (const stack of this.locked()) {
            execFileSync("pulumi", ["cancel", "--stack", stack, "--yes"], {
                cwd: this.suite.workspace.directory,
                env: { ...process.env, ...this.suite.workspace.env },
                stdio: "pipe",
            });
        }
    }
}
