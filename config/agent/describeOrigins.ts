import type { AgentPlan } from "./agentPlan";
import { whereIs } from "./findProblems";
import { leavesOf } from "./mergeProfiles";

/** A value of an agent, as JSON, and where it was written. */
export interface DescribedValue {
    /** `env.LOG_LEVEL`, `replicas` */
    readonly word: string;
    readonly value: string;
    /** `orgs/prod/acme.yaml: agents[0].env.LOG_LEVEL`; `replicas (built in)`. */
    readonly where: string;
    /** Its file and its path there; absent for what is built in. */
    readonly file?: string;
    readonly path?: string;
}

/** Every value of an agent with its place, sorted by word. Pure. */
export function describeOrigins({ profile, origins }: AgentPlan): readonly DescribedValue[] {
    return [...leavesOf(profile)]
        .map(([word, value]) => {
            const { file, path = "" } = origins.get(word) ?? {};
            const written = file === undefined ? {} : { file, path: path === "" ? word : `${path}.${word}` };
            return { word, value, where: whereIs(origins, word), ...written };
        })
        .sort((a, b) => (a.word < b.word ? -1 : 1));
}
