import {
    type FoundImage,
    type ImageReference,
    formatImageReference,
    sameRepository,
} from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";
import type { LiveDeployment } from "../../kube/liveObjects";
import { guessRuntime } from "../../images/guessRuntime";

/** What agents are brought to. */
export type SyncReference =
    | {
          /** The reference stack's pins, one per runtime. */
          readonly kind: "pins";
          readonly pins: RuntimeImages;
          /** The runtime of agents that neither their label nor their image tells. */
          readonly runtime?: string;
      }
    | {
          /** One image for all: what a live Deployment runs. */
          readonly kind: "image";
          readonly image: ImageReference;
          /** Whether agents of other repositories follow it too. */
          readonly anyRepository: boolean;
      };

/** The image that an agent is brought to, or why there is none. */
export type FoundReference =
    { readonly ok: true; readonly image: ImageReference } | { readonly ok: false; readonly reason: string };

/** Which image of the reference an agent follows. Pure. */
export function findReference(
    reference: SyncReference,
    deployment: LiveDeployment,
    image: FoundImage,
): FoundReference {
    if (reference.kind === "image") {
        return sameRepository(image, reference.image) || reference.anyRepository
            ? { ok: true, image: reference.image }
            : {
                  ok: false,
                  reason:
                      `runs "${formatImageReference(image)}", which is not of the repository "${reference.image.repository}"; ` +
                      "--any-repository updates it all the same",
              };
    }
    const runtime = guessRuntime(deployment.labels, image, reference.pins) ?? reference.runtime;
    if (runtime === undefined) {
        return {
            ok: false,
            reason: `runs "${formatImageReference(image)}", which is of no pinned runtime's repository; --runtime says which one it is`,
        };
    }
    const pin = reference.pins.get(runtime);
    return pin === undefined
        ? { ok: false, reason: `the runtime "${runtime}" has no pin` }
        : { ok: true, image: pin.image };
}
