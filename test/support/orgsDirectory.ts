import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import type { RawConfig } from "../../config/readProjectConfig";

/** A directory like a checkout's root, to write orgs into. Removed by `remove`. */
export class OrgsDirectory {
    // Its real path: a machine's temporary directory may itself be a link.
    public readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "customer-orgs-")));

    /** Writes a file, relative to the root: text as it is, all else as YAML. */
    public write(file: string, content: unknown): void {
        const absolute = path.join(this.root, file);
        fs.mkdirSync(path.dirname(absolute), { recursive: true });
        fs.writeFileSync(absolute, typeof content === "string" ? content : stringify(content));
    }

    public delete(file: string): void {
        fs.rmSync(path.join(this.root, file));
    }

    public link(target: string, file: string): void {
        fs.symlinkSync(target, path.join(this.root, file));
    }

    public remove(): void {
        fs.rmSync(this.root, { recursive: true });
    }
}

/** An org that is as short as one can be. */
export function sampleOrg(slug: string, parts: object = {}): object {
    return { slug, displayName: slug, agents: [{ name: "coder", runtime: "claude-code" }], ...parts };
}

/** The settings of a customer-orgs stack, as the engine hands them over; `undefined` takes one away. */
export function settingsOf(values: Readonly<Record<string, unknown>> = {}): RawConfig {
    const all: Readonly<Record<string, unknown>> = {
        referenceStack: "organization/platform/dev",
        orgs: "orgs/dev",
        kubeContext: "dev",
        ...values,
    };
    return Object.fromEntries(
        Object.entries(all).flatMap(([key, value]): [string, string][] =>
            value === undefined
                ? []
                : [[`customer-orgs:${key}`, typeof value === "string" ? value : JSON.stringify(value)]],
        ),
    );
}
