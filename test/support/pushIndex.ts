import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { RegistryServer } from "../../local/registry/registryServer";

/** Pushes an image of one platform and an index of it, and answers the digests of both. */
export async function pushIndex(
    registry: RegistryServer,
    repository: string,
): Promise<{ readonly index: string; readonly manifest: string }> {
    const manifest = await registry.push(repository, "amd64", "one platform's");
    const url = `http://${registry.host}/v2/${repository}/manifests`;
    const size = Buffer.byteLength(await (await fetch(`${url}/${manifest}`)).text());
    const type = "application/vnd.oci.image.index.v1+json";
    const body = JSON.stringify({
        schemaVersion: 2,
        mediaType: type,
        manifests: [
            {
                mediaType: "application/vnd.oci.image.manifest.v1+json",
                digest: manifest,
                size,
                platform: { os: "linux", architecture: "amd64" },
            },
        ],
    });
    const answer = await fetch(`${url}/all`, { method: "PUT", body, headers: { "content-type": type } });
    assert.equal(answer.status, 201, await answer.text());
    return { index: `sha256:${createHash("sha256").update(body).digest("hex")}`, manifest };
}
