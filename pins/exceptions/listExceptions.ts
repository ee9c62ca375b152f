import * as path from "node:path";
import type { GateConfig } from "../../config/gate";
import type { LoadedStack } from "../../config/loadStack";
import type { LoadedStacks } from "../../config/loadStacks";
import type { Prohibitions, Until } from "../../config/prohibition";
import { agentsOf } from "../../config/orgSpec";
import { holdEnds } from "../../platform/pinRecord";
import { type Environment, environmentFile } from "../environment";
import { type WrittenException, writtenDown } from "./exception";

/** Every exception that the files of stacks, orgs and environments declare. An org that leaves has none. */
export function listExceptions(
    stacks: LoadedStacks["stacks"],
    environments: readonly Environment[],
): readonly WrittenException[] {
    return [
        ...[...stacks].flatMap(([stack, loaded]) => [
            ...listOverrides(stack, loaded),
            ...listGate(stack, loaded.config.gate, `Pulumi.${stack}.yaml`),
            ...listProhibitions(stack, loaded.config, `Pulumi.${stack}.yaml`),
        ]),
        ...environments.flatMap((environment) => [
            ...listHolds(environment),
            ...listGate(
                `platform/${environment.name}`,
                environment.config.gate,
                environmentFile(environment.name),
            ),
            ...listProhibitions(
                `platform/${environment.name}`,
                environment.config,
                environmentFile(environment.name),
            ),
        ]),
    ];
}

function listOverrides(stack: string, { config, orgs }: LoadedStack): WrittenException[] {
    const file = `Pulumi.${stack}.yaml`;
    const ofStack = [...config.imageOverrides].map(
        ([runtime, override]) => [stack, runtime, override, file] as const,
    );
    const ofOrgs = orgs.flatMap((org) => {
        const where = path.posix.join(config.orgs, `${org.slug}.yaml`);
        const who = `${stack}/${org.slug}`;
        const whole = org.offboarding === undefined ? [...(org.imageOverrides ?? [])] : [];
        return [
            ...whole.map(([runtime, override]) => [who, runtime, override, where] as const),
            ...agentsOf(org).map(
                ({ name, runtime, imageOverride }) =>
                    [`${who}/${name}`, runtime, imageOverride, where] as const,
            ),
        ];
    });
    const { warnDays } = config.overrides;
    return [...ofStack, ...ofOrgs].flatMap(([who, runtime, override, where]) =>
        override === undefined
            ? []
            : [{ ...writtenDown({ kind: "override", who, runtime, where }, override), warnDays }],
    );
}

function listHolds({ name, config }: Environment): WrittenException[] {
    return [...config.runtimes].flatMap(([runtime, { hold }]) => {
        if (hold === undefined || hold.released !== undefined) {
            return [];
        }
        const written = {
            ...hold,
            owner: hold.by,
            expires: holdEnds(hold, config.promotion.coverage.holdDays),
        };
        const what = {
            kind: "hold",
            who: `platform/${name}`,
            runtime,
            where: environmentFile(name),
        } as const;
        return [writtenDown(what, written)];
    });
}

function listGate(stack: string, { excused, passOn }: GateConfig, where: string): WrittenException[] {
    return [
        ...excused.map((excuse) => {
            const who = [stack, excuse.org, excuse.agent].filter((part) => part !== undefined).join("/");
            return writtenDown({ kind: "excuse", who, where }, excuse);
        }),
        ...passOn.map((passed) =>
            writtenDown({ kind: "pass-on", who: stack, runtime: passed.runtime, where }, passed),
        ),
    ];
}

function listProhibitions(
    who: string,
    { pause, breakGlass }: Pick<Prohibitions, "pause" | "breakGlass">,
    where: string,
): WrittenException[] {
    const written = (kind: "pause" | "break-glass", what: Until | undefined) =>
        what === undefined
            ? []
            : [writtenDown({ kind, who, where }, { ...what, expires: what.until.slice(0, 10) })];
    return [...written("pause", pause), ...written("break-glass", breakGlass)];
}
