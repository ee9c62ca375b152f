import { type ImageReference, readImage } from "../../images/imageReference";
import * as path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import { resolvePins } from "../../platform/resolvePins";
import { declareResources } from "./declareResources";
import { DIGEST_A } from "./sampleImages";

const DOCKER = path.join("node_modules", "@pulumi", "docker", path.sep);

const isLoaded = () => Object.keys(require.cache).some((file) => file.includes(DOCKER));

async function resolve(image: string): Promise<void> {
    const { result } = await declareResources(
        () =>
            resolvePins(new Map([["claude-code", { image: readImage(image) as ImageReference }]]), {
                provider: new kubernetes.Provider("cluster"),
                stack: "dev",
                vetoes: new Map(),
            }),
        { call: () => ({ sha256Digest: DIGEST_A }) },
    );
    await result;
}

/** Prints whether @pulumi/docker is loaded at the start, after a pin by digest, and after one by tag. */
async function main(): Promise<void> {
    const atStart = isLoaded();
    await resolve(`ghcr.io/a/b@${DIGEST_A}`);
    const afterDigest = isLoaded();
    await resolve("ghcr.io/a/b:sha-1234567");
    console.log(JSON.stringify({ atStart, afterDigest, afterTag: isLoaded() }));
}

void main();
