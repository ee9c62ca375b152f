/** What a model is computed from: one size that was measured. */
export interface MeasuredFleet {
    readonly orgs: number;
    /** Orgs of a stack. */
    readonly perStack: number;
    /** Stacks that were updated side by side. */
    readonly sideBySide: number;
    /** Seconds of a release, and of the processors in it. */
    readonly releaseSeconds: number;
    readonly releaseCpu: number;
    /** Of the processors in a preview without a change. */
    readonly previewCpu: number;
    /** The most memory of a release, in MB, all processes together. */
    readonly megabytes: number;
}

/** What a larger fleet takes, by that. */
export interface ModelledFleet {
    readonly orgs: number;
    readonly stacks: number;
    /** One machine such as the measured one: seconds and memory of a release, as many stacks side by side. */
    readonly oneMachine: { readonly seconds: number; readonly megabytes: number };
    /** The operator: a pod for each stack. */
    readonly operator: {
        readonly pods: number;
        /** Of all pods together, as if each held what a stack takes while it is updated. */
        readonly megabytes: number;
        /** Seconds of a release where so many processors are there for the pods. */
        readonly seconds: number;
        /** Processors that the resyncs alone keep busy. */
        readonly resyncCores: number;
    };
}

/** What a model is asked for. */
export interface ModelQuestion {
    readonly orgs: number;
    /** Processors for the operator's pods. */
    readonly cores: number;
    /** Seconds between two resyncs of a stack. */
    readonly resync: number;
}

/**
 * Computes a larger fleet out of a measured one: an org costs what it cost there, since it is in a stack of the same size, and stacks do not
 * know of each other. Pure; docs/benchmarks/rollout.md has each formula in words.
 */
export function modelFleet(measured: MeasuredFleet, { orgs, cores, resync }: ModelQuestion): ModelledFleet {
    const { perStack, sideBySide, releaseSeconds, releaseCpu, previewCpu, megabytes } = measured;
    const stacks = Math.ceil(orgs / perStack);
    const ofStack = (total: number) => (total / measured.orgs) * perStack;
    return {
        orgs,
        stacks,
        oneMachine: { seconds: (releaseSeconds / measured.orgs) * orgs, megabytes },
        operator: {
            pods: stacks,
            megabytes: (megabytes / sideBySide) * stacks,
            seconds: ofStack(releaseCpu) * Math.ceil(stacks / cores),
            resyncCores: (ofStack(previewCpu) * stacks) / resync,
        },
    };
}
