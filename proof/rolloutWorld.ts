import type { NeededObject } from "../config/agent/neededObjects";
import type { PinnedReference } from "../images/imageReference";
import type { LiveAgents } from "../kube/readAgents";
import type { Lack } from "../kube/readLacks";

/** What a rollout sees of its cluster. */
export interface RolloutWorld {
    /** The agents as they are now. Rejects where they cannot be read. */
    readonly look: () => Promise<LiveAgents>;
    /** Which cluster it is: the uid of its namespace kube-system. Rejects with the way out where it does not tell; absent where nobody asks. */
    readonly cluster?: () => Promise<string>;
    /** Asks a registry for the digests of an image's platforms; absent where none is asked. */
    readonly platforms?: (image: PinnedReference) => Promise<ReadonlySet<string>>;
    /** What namespaces lack of what is wanted in them. Rejects where it cannot be read; absent where nobody asks. */
    readonly lacks?: (
        wanted: ReadonlyMap<string, readonly NeededObject[]>,
    ) => Promise<ReadonlyMap<string, Lack>>;
    readonly now: () => Date;
}
