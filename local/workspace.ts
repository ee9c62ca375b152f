import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { engineEnvironment } from "../engine/engineEnvironment";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/** What people write and the engine rewrites: it is made anew in a workspace, and the rest of the project linked. */
const OWN = /^(Pulumi\.[^.]+\.yaml|vetoes\.yaml|orgs|releases|\.git)$/;

/** The settings of a stack, as under `config:` in its file: `{ "platform:kubeContext": … }`. */
export type StackSettings = Readonly<Record<string, unknown>>;

/**
 * A project directory of its own for the engine: the committed programs with settings, orgs and state that are thrown away,
 * so that neither the checkout nor the user's own backend is touched.
 */
export class Workspace {
    private constructor(
        /** The customer-orgs project; `platform/` is below it, as in the checkout. */
        public readonly directory: string,
        /** What the engine must be run with: a file backend inside the workspace, and the kubeconfig. */
        public readonly env: Readonly<Record<string, string>>,
    ) {}

    /** Makes a workspace below the system's temporary directory. */
    public static create(kubeconfig: string): Workspace {
        const directory = fs.mkdtempSync(path.join(os.tmpdir(), "customer-orgs-"));
        const state = path.join(directory, ".state");
        fs.mkdirSync(state);
        link(PACKAGE_ROOT, directory, (name) => OWN.test(name) || name === "platform");
        fs.mkdirSync(path.join(directory, "platform"));
        link(path.join(PACKAGE_ROOT, "platform"), path.join(directory, "platform"), (name) => OWN.test(name));
        return new Workspace(directory, {
            ...engineEnvironment(),
            KUBECONFIG: kubeconfig,
            PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
            // The state holds no secret; a file backend wants a passphrase all the same.
            PULUMI_CONFIG_PASSPHRASE: "not a secret",
        });
    }

    /** The directory of one of the two projects. */
    public project(name: "platform" | "customer-orgs"): string {
        return name === "platform" ? path.join(this.directory, "platform") : this.directory;
    }

    /** Writes a stack's settings, whole. What the engine itself keeps in the file (the salt) stays. */
    public writeSettings(name: "platform" | "customer-orgs", stack: string, settings: StackSettings): void {
        const file = path.join(this.project(name), `Pulumi.${stack}.yaml`);
        const salt = fs.existsSync(file) ? /^encryptionsalt: .*$/m.exec(fs.readFileSync(file, "utf8")) : null;
        fs.writeFileSync(file, stringify({ config: settings }) + (salt === null ? "" : `${salt[0]}\n`));
    }

    /** Writes one org's file: `writeOrg("prod", "acme", { … })`; `undefined` deletes it. */
    public writeOrg(environment: string, slug: string, org: unknown): void {
        const file = path.join(this.directory, "orgs", environment, `${slug}.yaml`);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        if (org === undefined) {
            fs.rmSync(file, { force: true });
        } else {
            fs.writeFileSync(file, stringify(org));
        }
    }

    /**
     * Writes the policy pack's config of an environment with one more repository allowed: that of a local registry.
     *
     * @returns the file's path
     */
    public writePackConfig(environment: string, repository: string): string {
        const committed = path.join(PACKAGE_ROOT, "policy", "config", `${environment}.json`);
        const config = JSON.parse(fs.readFileSync(committed, "utf8")) as Record<
            string,
            { repositories?: string[] }
        >;
        config["allowed-repositories"]?.repositories?.push(repository);
        const file = path.join(this.directory, "policy-config.json");
        fs.writeFileSync(file, JSON.stringify(config, undefined, 2));
        return file;
    }

    /** The stack, for the Automation API. Its settings must have been written before. */
    public stack(name: "platform" | "customer-orgs", stack: string): Promise<Stack> {
        return LocalWorkspace.createOrSelectStack(
            { stackName: stack, workDir: this.project(name) },
            { envVars: { ...this.env } },
        );
    }

    /** Deletes the workspace with its state. */
    public remove(): void {
        fs.rmSync(this.directory, { recursive: true, force: true });
    }
}

function link(from: string, to: string, skip: (name: string) => boolean): void {
    for (const name of fs.readdirSync(from)) {
        if (!skip(name)) {
            fs.symlinkSync(path.join(from, name), path.join(to, name));
        }
    }
}
