import { type Fields, fieldsOf } from "./fields";

/**
 * How a Deployment's pods follow each other with shares as the pods that they are now, as Kubernetes counts them: what comes besides is
 * rounded up, what may be missing is rounded down, and one of the two is at least one pod. The two quarters that Kubernetes fills in where
 * nobody said anything stay what they are, and so does everything where the number of pods is an autoscaler's.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
export function inPods(strategy: Fields, replicas: unknown, autoscaled: boolean): Fields {
    const { rollingUpdate, ...rest } = strategy;
    const { maxSurge, maxUnavailable, ...others } = fieldsOf(rollingUpdate);
    if (autoscaled || rollingUpdate === undefined || (maxSurge === "25%" && maxUnavailable === "25%")) {
        return strategy;
    }
    const pods = typeof replicas === "number" ? replicas : 1;
    const surge = podsOf(maxSurge, pods, Math.ceil);
    const unavailable = podsOf(maxUnavailable, pods, Math.floor);
    return {
        ...rest,
        rollingUpdate: {
            ...others,
            maxSurge: surge,
            maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable,
        },
    };
}

function podsOf(value: unknown, pods: number, round: (pods: number) => number): unknown {
    const share = typeof value === "string" ? /^(\d+)%$/.exec(value)?.[1] : undefined;
    return share === undefined ? value : round((pods * Number(share)) / 100);
}
