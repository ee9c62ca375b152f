import {
    type FoundImage,
    type PinnedReference,
    formatImageReference,
    readImage,
} from "../images/imageReference";
import { labelledRuntime } from "../images/metadata";
import type { LiveAgent } from "../kube/liveAgent";
import type { DeployedAgent } from "./ownOutputs";
import type { Proven } from "./proofRecord";

/** All that is known of the image that an agent was deployed with last. */
export interface KeepQuestion {
    /** `org "acme", agent "coder"` */
    readonly who: string;
    readonly runtime: string;
    /** Why it stays on its image: see `Prohibition`. */
    readonly why: string;
    /** The agent in the cluster; absent where it has none. */
    readonly live: LiveAgent | undefined;
    /** What the stack's last outputs say of it; absent where they do not name it. */
    readonly said?: DeployedAgent;
    /** What the stack proved last of its runtime; absent where it has proven nothing. */
    readonly proven: Proven | undefined;
}

/** The image that an agent stays on, or the one sentence that says why it cannot be told. */
export type Kept =
    | { readonly ok: true; readonly image: PinnedReference; readonly release?: string }
    | { readonly ok: false; readonly problem: string };

/**
 * The image that an agent stays on while none may change: what its Deployment has, since an update that failed wrote no outputs;
 * else what the last outputs say; and for an agent that was never there what the stack proved last. Never a guess. Pure.
 */
export function keepImage({ who, runtime, why, live, said, proven }: KeepQuestion): Kept {
    const refuse = (trouble: string): Kept => ({
        ok: false,
        problem: `${who}: the stack is ${why}; ${trouble}; wait, or write down under breakGlass who answers for it`,
    });
    const was = (live && labelledRuntime(live.deployment.labels)) ?? said?.runtime;
    if (was !== undefined && was !== runtime) {
        return refuse(`and another runtime ("${runtime}" instead of "${was}") would change its image`);
    }
    const known = [proven, said && { image: readImage(said.image), release: said.release }];
    const last = pinned(live?.image) ?? pinned(said && readImage(said.image));
    if (last !== undefined) {
        const same = known.find((each) => each?.image.digest === last.digest);
        return { ok: true, image: last, release: same?.release };
    }
    if (live !== undefined) {
        const image = live.image === undefined ? "no image" : `"${formatImageReference(live.image)}"`;
        return refuse(`its Deployment has ${image}, and nobody knows which digest it was deployed with`);
    }
    return proven === undefined
        ? refuse(`it is new, and of the runtime "${runtime}" the stack has proven no image that it could get`)
        : { ok: true, image: proven.image, release: proven.release };
}

function pinned(image: FoundImage | undefined): PinnedReference | undefined {
    return image?.digest === undefined ? undefined : { ...image, digest: image.digest };
}
