import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { ensureBinary } from "../cluster/ensureBinary";

/** Blobs and manifest of the smallest image that a registry takes. */
const CONFIG = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [] },
});

/** A real registry (go-containerregistry's) on loopback, in memory. */
export class RegistryServer {
    private constructor(
        private readonly child: ChildProcess,
        /** `127.0.0.1:<port>`, as it stands in a reference. */
        public readonly host: string,
    ) {}

    /** Starts one on a free port; the first time on a machine, it is built from its Go module. */
    public static async start(): Promise<RegistryServer> {
        const binary = await ensureBinary("registry", {
            log: (line) => {
                console.error(`    ${line}`);
            },
        });
        const child = spawn(binary, ["-port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
        let output = "";
        const port = await new Promise<string>((resolve, reject) => {
            child.once("error", reject);
            child.once("exit", (code) => {
                reject(new Error(`the registry ended with ${String(code)}: ${output}`));
            });
            child.stderr.setEncoding("utf8").on("data", (text: string) => {
                output += text;
                const found = /serving on port (\d+)/.exec(output)?.[1];
                if (found !== undefined) {
                    resolve(found);
                }
            });
        });
        return new RegistryServer(child, `127.0.0.1:${port}`);
    }

    /** Pushes an image that `seed` makes different from others, and returns its digest. */
    public async push(path: string, tag: string, seed: string): Promise<string> {
        const config = await this.#upload(path, CONFIG);
        const layer = await this.#upload(path, seed);
        const manifest = JSON.stringify({
            schemaVersion: 2,
            mediaType: "application/vnd.oci.image.manifest.v1+json",
            config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
            layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
        });
        await this.#put(
            `/v2/${path}/manifests/${tag}`,
            manifest,
            "application/vnd.oci.image.manifest.v1+json",
        );
        return digestOf(manifest);
    }

    /** Ends it, with everything that was pushed. */
    public async stop(): Promise<void> {
        const ended = once(this.child, "exit");
        this.child.kill();
        await ended;
    }

    async #upload(path: string, content: string): Promise<{ digest: string; size: number }> {
        const digest = digestOf(content);
        const begun = await fetch(`http://${this.host}/v2/${path}/blobs/uploads/`, { method: "POST" });
        const location = new URL(begun.headers.get("location") ?? "", `http://${this.host}`);
        location.searchParams.set("digest", digest);
        await this.#put(`${location.pathname}${location.search}`, content, "application/octet-stream");
        return { digest, size: Buffer.byteLength(content) };
    }

    async #put(path: string, body: string, type: string): Promise<void> {
        const headers = { "content-type": type };
        const answer = await fetch(`http://${this.host}${path}`, { method: "PUT", body, headers });
        if (answer.status !== 201) {
            throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
        }
    }
}

function digestOf(text: string): string {
    return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
