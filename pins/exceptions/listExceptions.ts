import * as path from "node:path";
import type { GateConfig } from "../../config/gate";
import type { LoadedStacks } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import type { ImageOverride } from "../../images/imageOverride";
import { holdEnds } from "../../platform/pinRecord";
import { type Environment, environmentFile } from "../environment";
import type { WrittenException } from "./exception";

/** Every exception that the files of stacks, orgs and environments declare. An org that leaves has none. */
export function listExceptions(
    stacks: LoadedStacks["stacks"],
    environments: readonly Environment[],
): readonly WrittenException[] {
    return [
        ...[...stacks].flatMap(([stack, { config, orgs }]) => {
            const file = `Pulumi.${stack}.yaml`;
            const { warnDays } = config.overrides;
            const override = (
                who: string,
                runtime: string,
                { expires, owner, reason }: ImageOverride,
                where: string,
            ): WrittenException => ({
                kind: "override",
                who,
                runtime,
                until: expires,
                by: owner,
                why: reason,
                where,
                warnDays,
            });
            return [
                ...[...config.imageOverrides].map(([runtime, each]) => override(stack, runtime, each, file)),
                ...orgs.flatMap((org) => {
                    const where = path.posix.join(config.orgs, `${org.slug}.yaml`);
                    const who = `${stack}/${org.slug}`;
                    const ofOrg = org.offboarding === undefined ? [...(org.imageOverrides ?? [])] : [];
                    return [
                        ...ofOrg.map(([runtime, each]) => override(who, runtime, each, where)),
                        ...agentsOf(org).flatMap(({ name, runtime, imageOverride }) =>
                            imageOverride === undefined
                                ? []
                                : [override(`${who}/${name}`, runtime, imageOverride, where)],
                        ),
                    ];
                }),
                ...listGate(stack, config.gate, file),
            ];
        }),
        ...environments.flatMap(({ name, config }) => [
            ...[...config.runtimes].flatMap(([runtime, { hold }]): WrittenException[] =>
                hold === undefined || hold.released !== undefined
                    ? []
                    : [
                          {
                              kind: "hold",
                              who: `platform/${name}`,
                              runtime,
                              until: holdEnds(hold, config.promotion.coverage.holdDays),
                              by: hold.by,
                              why: hold.reason,
                              where: environmentFile(name),
                          },
                      ],
            ),
            ...listGate(`platform/${name}`, config.gate, environmentFile(name)),
        ]),
    ];
}

function listGate(stack: string, { excused, passOn }: GateConfig, where: string): WrittenException[] {
    return [
        ...excused.map(({ org, agent, owner, reason, expires }): WrittenException => ({
            kind: "excuse",
            who: [stack, org, ...(agent === undefined ? [] : [agent])].join("/"),
            until: expires,
            by: owner,
            why: reason,
            where,
        })),
        ...passOn.map(({ runtime, owner, reason, expires }): WrittenException => ({
            kind: "pass-on",
            who: stack,
            runtime,
            until: expires,
            by: owner,
            why: reason,
            where,
        })),
    ];
}
