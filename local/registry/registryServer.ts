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

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

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

    /**
     * Pushes an image that `seed` makes different from others, and returns its digest.
     *
     * @param begin what the digest begins with, few digits since they are tried for: `sha256:b007`
     */
    public async push(path: string, tag: string, seed: string, begin = ""): Promise<string> {
        for (let attempt = 0; ; attempt++) {
            const layer = attempt === 0 ? seed : `${seed} ${attempt}`;
            const manifest = JSON.stringify({
                schemaVersion: 2,
                mediaType: MANIFEST_TYPE,
                config: { mediaType: "application/vnd.oci.image.config.v1+json", ...blob(CONFIG) },
                layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...blob(layer) }],
            });
            const digest = digestOf(manifest);
            if (digest.startsWith(begin)) {
                await this.#upload(path, CONFIG);
                await this.#upload(path, layer);
                await this.#put(`/v2/${path}/manifests/${tag}`, manifest, MANIFEST_TYPE);
                return digest;
            }
        }
    }

    /** Ends it, with everything that was pushed. */
    public async stop(): Promise<void> {
        const ended = once(this.child, "exit");
        this.child.kill();
        await ended;
    }

    async #upload(path: string, content: string): Promise<void> {
        const begun = await fetch(`http://${this.host}/v2/${path}/blobs/uploads/`, { method: "POST" });
        const location = new URL(begun.headers.get("location") ?? "", `http://${this.host}`);
        location.searchParams.set("digest", digestOf(content));
        await this.#put(`${location.pathname}${location.search}`, content, "application/octet-stream");
    }

    async #put(path: string, body: string, type: string): Promise<void> {
        const headers = { "content-type": type };
        const answer = await fetch(`http://${this.host}${path}`, { method: "PUT", body, headers });
        if (answer.status !== 201) {
            throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
        }
    }
}

function blob(content: string): { digest: string; size: number } {
    return { digest: digestOf(content), size: Buffer.byteLength(content) };
}

function digestOf(text: string): string {
    return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
