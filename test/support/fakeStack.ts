import type { PlatformStack } from "../../engine/platformStack";
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

    public constructor(
        private readonly root: string,
        private readonly environment: string,
    ) {
        this.deploy();
    }

    public readImages(): Promise<RuntimeImages | undefined> {
        return this.unreadableAfter === undefined || this.updates === 0
            ? Promise.resolve(this.deployed)
            : Promise.reject(this.unreadableAfter);
    }

    public update(): Promise<void> {
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
