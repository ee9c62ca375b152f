import { describeOtherCluster } from "../config/clusterIdentity";
import { MendableError } from "../lib/text/mendableError";
import type { OwnOutputs } from "./ownOutputs";
import type { RolloutWorld } from "./rolloutWorld";

/**
 * Stops a program whose context leads to another cluster than its last update that ended well did, before anything is declared: the
 * engine, which compares too, says so behind an error of everything that it was asked to create. A stack without such an update is
 * left to it, and so is one whose program is only rendered.
 *
 * @throws MendableError with both clusters, or with what is missing where the cluster does not say which one it is
 */
export async function refuseOtherCluster(
    { clusterUid }: OwnOutputs,
    world: RolloutWorld | undefined,
    context: string,
): Promise<void> {
    const found = clusterUid === undefined ? undefined : await world?.cluster?.();
    if (clusterUid !== undefined && found !== undefined && found !== clusterUid) {
        throw new MendableError(describeOtherCluster(context, clusterUid, found));
    }
}
