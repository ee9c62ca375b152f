/** A stack's outputs, as the engine prints them: any JSON. */
export type StackOutputs = Readonly<Record<string, unknown>>;

/** The cluster that a stack was applied to; `undefined` where it does not say. */
export function readClusterUid({ clusterUid }: StackOutputs): string | undefined {
    return typeof clusterUid === "string" ? clusterUid : undefined;
}
