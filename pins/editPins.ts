import { type Document, type YAMLMap, isScalar } from "yaml";
import { z } from "zod";
import { type Pin, pinSchema } from "../platform/platformConfig";
import { editYaml, mapAt, setKey } from "./editYaml";
import { HISTORY_LENGTH, type PinRecord, pinFacts, pinRecordSchema } from "../platform/pinRecord";

/** A pin that is moved: what it becomes. What it was goes into its history. */
export interface PinMove {
    readonly runtime: string;
    /** The pin as it is, as the stack's file was read; absent for a runtime that has none. */
    readonly current: Pin | undefined;
    /** With a rollback's hold; a pin that moves without one is not held any more. */
    readonly next: PinRecord;
}

/** The order in which a pin's keys are written. */
const KEYS = ["image", "fromDeployment", ...Object.keys(pinFacts), "announcedAt", "hold", "history"];

const factsSchema = z
    .object(pinSchema.shape)
    .pick({ deployedAt: true, announcedAt: true, breakGlass: true, hold: true });

/** A pin as its own history has it: without what only the present one has. */
const historySchema = z.object(pinRecordSchema.shape);

/**
 * Moves pins in the text of a stack's file. Comments, order and everything else stay; what is written is quoted where the
 * engine, which reads YAML 1.1, would take it for something else than text.
 *
 * @throws Error when the text is no stack's file
 */
export function movePins(text: string, moves: readonly PinMove[]): string {
    return editYaml(text, (document) => {
        for (const { runtime, current, next } of moves) {
            // One that followed a live Deployment has no image, and leaves nothing.
            const history = [...(current === undefined ? [] : [current]), ...(current?.history ?? [])]
                .flatMap(({ image, ...rest }) =>
                    image === undefined ? [] : z.encode(historySchema, { image, ...rest }),
                )
                .slice(0, HISTORY_LENGTH);
            const pin = pinOf(document, runtime);
            // A pin in braces would become one very long line.
            pin.flow = false;
            const values: Readonly<Record<string, unknown>> = {
                ...z.encode(pinRecordSchema, next),
                history: history.length === 0 ? undefined : history,
            };
            for (const key of KEYS) {
                setFact(pin, document, key, values[key]);
            }
        }
    });
}

/**
 * Writes down what is learnt or decided after a pin was moved: when it was seen deployed, when the control plane accepted it, who
 * ended its hold.
 */
export function markPins(
    text: string,
    runtimes: readonly string[],
    facts: Readonly<Partial<z.infer<typeof factsSchema>>>,
): string {
    return editYaml(text, (document) => {
        for (const runtime of runtimes) {
            for (const [key, value] of Object.entries(z.encode(factsSchema, facts))) {
                setFact(pinOf(document, runtime), document, key, value);
            }
        }
    });
}

/** Writes one setting of a stack's file, `project:key`, or takes it away. */
export function setSetting(text: string, setting: string, value: object | undefined): string {
    return editYaml(text, (document) => {
        const path = ["config", setting];
        if (value === undefined) {
            document.deleteIn(path);
        } else {
            document.setIn(path, document.createNode(value));
        }
    });
}

function pinOf(document: Document, runtime: string): YAMLMap {
    return mapAt(document, ["config", "platform:runtimes", runtime]);
}

/** Writes a pin's key in its place. */
function setFact(pin: YAMLMap, document: Document, key: string, value: unknown): void {
    setKey(pin, document, key, value);
    const rank = (item: { key: unknown }) =>
        KEYS.indexOf(String(isScalar(item.key) ? item.key.value : item.key));
    pin.items.sort((a, b) => rank(a) - rank(b));
}
