import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import type { RegistryServer } from "../../../local/registry/registryServer";
import { Workspace } from "../../../local/workspace";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { type CommandResult, runCommand } from "../../../lib/system/runCommand";
import { writeRelease } from "../promotionFixture";

/** The same time of an earlier day; of a later one where the number is below 0. */
export const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

/** What stands for itself on a page, and what it is here: everything in which a page's command differs from the one that is run. */
const PLACEHOLDERS = (registry: string): readonly (readonly [onThePage: string | RegExp, here: string])[] => [
    // npx asks npm first, which takes longer than the command; what it then starts is this.
    [/\bnpx fleet\b/g, `node ${path.join(PACKAGE_ROOT, "commands", "fleet.mjs")}`],
    [/\bnpx pulumi\b/g, "pulumi"],
    ["ghcr.io", registry],
];

/** Where the images of a release are, below the registry's name. */
const PATHS = { "claude-code": "genbrain/claude-code", "platform-agent": "genbrain/molecule-platform-agent" };

/** Runtime → what a release has of it. */
export type Images = Readonly<Record<keyof typeof PATHS, string>>;

/** A checkout in which the commands of the pages are run as they stand: the committed files, with images of a registry of its own. */
export class PageProject {
    /** The digest that a page takes from a job's output. */
    public digest = `sha256:${"1".repeat(64)}`;

    private constructor(
        public readonly workspace: Workspace,
        public readonly registry: RegistryServer,
    ) {}

    /** @param kubeconfig has the contexts that the committed stacks name; no cluster is asked where that is not a file */
    public static create(registry: RegistryServer, kubeconfig: string): PageProject {
        const project = new PageProject(Workspace.create(kubeconfig), registry);
        const { directory } = project.workspace;
        // What the pages' commands read is copied, and whatever they change is changed there.
        fs.rmSync(path.join(directory, "policy"));
        fs.mkdirSync(path.join(directory, "policy"));
        for (const name of fs.readdirSync(path.join(PACKAGE_ROOT, "policy"))) {
            if (name !== "config") {
                fs.symlinkSync(path.join(PACKAGE_ROOT, "policy", name), path.join(directory, "policy", name));
            }
        }
        const copied = ["Pulumi.*.yaml", "platform/Pulumi.*.yaml", "orgs/**/*.yaml", "policy/config/*.json"];
        for (const file of copied.flatMap((pattern) => fs.globSync(pattern, { cwd: PACKAGE_ROOT }))) {
            project.write(
                file,
                fs.readFileSync(path.join(PACKAGE_ROOT, file), "utf8").replaceAll("ghcr.io", registry.host),
            );
        }
        return project;
    }

    /** Runs a page's command, as a shell would. */
    public async run(command: string): Promise<CommandResult> {
        const { workspace, registry, digest } = this;
        const here = PLACEHOLDERS(registry.host).reduce(
            (text, [from, to]) => text.replaceAll(from, to),
            command,
        );
        const day = (days: number) => daysAgo(-days).toISOString().slice(0, 10);
        return runCommand("bash", ["-o", "pipefail", "-c", here], {
            cwd: workspace.directory,
            env: {
                ...process.env,
                ...workspace.env,
                // What the pages take from the day, or from a pipeline.
                ...{ DIGEST: digest, UNTIL: day(30), MONDAY: day(3), GITHUB_ACTOR: "ann" },
                // Where a person would be asked.
                PULUMI_SKIP_CONFIRMATIONS: "true",
                GITHUB_STEP_SUMMARY: undefined,
            },
            keep: Infinity,
            mayFail: true,
        });
    }

    /** Writes a file of the checkout. */
    public write(file: string, content: string | object): void {
        const whole = path.join(this.workspace.directory, file);
        fs.mkdirSync(path.dirname(whole), { recursive: true });
        fs.writeFileSync(whole, typeof content === "string" ? content : stringify(content));
    }

    /** Reads a file of the checkout. */
    public read(file: string): string {
        return fs.readFileSync(path.join(this.workspace.directory, file), "utf8");
    }

    /**
     * Publishes a release: pushes its images, and writes `releases/<name>.json`.
     *
     * @param begin what the digests begin with
     */
    public async publish(name: string, publishedAt: Date, begin = ""): Promise<Images> {
        const images: Record<string, string> = {};
        for (const [runtime, repository] of Object.entries(PATHS)) {
            const digest = await this.registry.push(repository, name, `${runtime} ${name}`, begin);
            images[runtime] = `${this.registry.host}/${repository}@${digest}`;
        }
        const file = path.join(this.workspace.directory, "releases", `${name}.json`);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        writeRelease(file, name, images, publishedAt.toISOString());
        return images as Images;
    }

    /** Pins a release, with whatever else the environment's settings are to say, and what was pinned before it. */
    public pin(
        environment: string,
        release: string,
        images: Images,
        more: object = {},
        before?: readonly [release: string, images: Images],
    ): void {
        const runtimes = Object.entries(images).map(([runtime, image]) => {
            const history = before && [pinRecord(before[0], before[1][runtime as keyof Images], 10)];
            return [runtime, { ...pinRecord(release, image, 1), history }];
        });
        this.workspace.writeSettings("platform", environment, {
            "platform:kubeContext": environment,
            "platform:runtimes": Object.fromEntries(runtimes) as object,
            "platform:coreFleet": {
                // Two environments of one cluster.
                namespace: environment === "prod" ? "agents" : `agents-${environment}`,
                defaults: { minReadySeconds: 0 },
                agents: [
                    { name: "ceo", runtime: "platform-agent" },
                    { name: "cto", runtime: "claude-code" },
                ],
            },
            ...more,
        });
    }
}

function pinRecord(release: string, image: string, days: number) {
    const evidence = [{ name: "smoke", result: "passed", url: "https://ci.example.com/1" }];
    return { image, release, promotedAt: `${daysAgo(days).toISOString().slice(0, 19)}Z`, evidence };
}

/** A command of the pages, and what is made ready for it. */
export interface PageStep {
    readonly command: string;
    /** 0 where left out; the pages say where it is another one. */
    readonly exitCode?: number;
    readonly prepare?: (project: PageProject) => unknown;
    /** In what it prints. */
    readonly prints: RegExp;
    /** Is asked afterwards: that it did what its page says. */
    readonly check?: (project: PageProject) => unknown;
}
