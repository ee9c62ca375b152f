import type { DeployedPlatform, PlatformStack } from "../../engine/platformStack";
import { type RuntimeImages, parseRuntimeImages } from "../../images/runtimeImages";
import { pinsIn } from "./promotionFixture";

/** Stands for the engine: an update deploys what the file pins, unless it is told to fail. */
export class FakeStack implements PlatformStack {
    public updates = 0;
    public deployed: RuntimeImages | undefined;
    public failWith: Error | undefined;
    /** With {@link failWith}: the update fails after its output has moved. */
    public deploysFirst = false;
    /** What reading the outputs fails with, once there was an update. */
    public unreadableAfter: Error | undefined;
    public forgets = false;
    /** Whether each update read the cluster first. */
    public readonly refreshes: boolean[] = [];
    /** What is missing before what is deployed is proven; {@link proven} is exported meanwhile. */
    public waiting: { why: string[]; earliest?: string } | undefined;
    public proven: RuntimeImages | undefined;
    /** Called in the middle of an update. */
    public duringUpdate: (() => void) | undefined;

    public constructor(
        private readonly root: string,
        private readonly environment: string,
    ) {
        this.deploy();
    }

    public readDeployed(): Promise<DeployedPlatform> {
        if (this.unreadableAfter !== undefined && this.updates > 0) {
            return Promise.reject(this.unreadableAfter);
        }
        const pins: RuntimeImages = this.deployed ?? new Map();
        const images: RuntimeImages = this.waiting === undefined ? pins : (this.proven ?? new Map());
        const proof: DeployedPlatform["proof"] = new Map(
            [...pins].flatMap(([runtime, { image, release }]) =>
                this.waiting === undefined || images.get(runtime)?.image.digest === image.digest
                    ? []
                    : [[runtime, { waiting: { image, release, ...this.waiting } }]],
            ),
        );
        return Promise.resolve({ images, pins, proof });
    }

    public update(_message: string, refresh: boolean): Promise<void> {
        this.refreshes.push(refresh);
        this.duringUpdate?.();
        this.updates++;
        if (this.failWith !== undefined) {
            if (this.deploysFirst) {
                this.deploy();
            }
            return Promise.reject(this.failWith);
        }
        if (!this.forgets) {
            this.deploy();
        }
        return Promise.resolve();
    }

    public deploy(): void {
        const pins = [...pinsIn(this.root, this.environment)];
        const runtimes = Object.fromEntries(
            pins.map(([runtime, { image, release, promotedAt }]) => [
                runtime,
                { image, release, promotedAt },
            ]),
        );
        this.deployed = parseRuntimeImages({ schemaVersion: 1, runtimes }, this.environment);
    }
}
