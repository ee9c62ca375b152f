import { type Document, YAMLMap, isMap, isScalar, parseDocument } from "yaml";
import { z } from "zod";
import type { Pin } from "../platform/platformConfig";
import {
    HISTORY_LENGTH,
    type Hold,
    type PinRecord,
    holdSchema,
    pinFacts,
    pinRecordSchema,
} from "../platform/pinRecord";

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

/**
 * Moves pins in the text of a stack's file. Comments, order and everything else stay; what is written is quoted where the
 * engine, which reads YAML 1.1, would take it for something else than text.
 *
 * @throws Error when the text is no stack's file
 */
export function movePins(text: string, moves: readonly PinMove[]): string {
    return edit(text, (document) => {
        for (const { runtime, current, next } of moves) {
            const history = [...(current === undefined ? [] : recordOf(current)), ...(current?.history ?? [])]
                .slice(0, HISTORY_LENGTH)
                .map((record) => z.encode(pinRecordSchema, record));
            setPin(document, runtime, {
                ...z.encode(pinRecordSchema, next),
                history: history.length === 0 ? undefined : history,
            });
        }
    });
}

/** Writes facts down that are learnt after a pin was moved: when it was seen deployed, when the control plane accepted it. */
export function markPins(
    text: string,
    runtimes: readonly string[],
    facts: Readonly<Partial<Record<"deployedAt" | "announcedAt" | "breakGlass", string>>>,
): string {
    return edit(text, (document) => {
        for (const runtime of runtimes) {
            for (const [key, value] of Object.entries(facts)) {
                setKey(pinOf(document, runtime), document, key, value);
            }
        }
    });
}

/** Ends the holds of some runtimes; they stay in the file, with who ended them. */
export function releaseHolds(
    text: string,
    holds: ReadonlyMap<string, Hold>,
    released: NonNullable<Hold["released"]>,
): string {
    return edit(text, (document) => {
        for (const [runtime, hold] of holds) {
            setKey(pinOf(document, runtime), document, "hold", z.encode(holdSchema, { ...hold, released }));
        }
    });
}

function edit(text: string, change: (document: Document) => void): string {
    // Plain scalars that YAML 1.1 reads as a time, a number or a boolean are quoted.
    const document = parseDocument(text, { compat: "yaml-1.1" });
    const [error] = document.errors;
    if (error !== undefined) {
        throw new Error(error.message);
    }
    change(document);
    return document.toString({ lineWidth: 0 });
}

function pinOf(document: Document, runtime: string): YAMLMap {
    const path = ["config", "platform:runtimes", runtime];
    const found = document.getIn(path);
    if (isMap(found)) {
        return found;
    }
    document.setIn(path, new YAMLMap());
    return document.getIn(path) as YAMLMap;
}

function setPin(document: Document, runtime: string, values: Readonly<Record<string, unknown>>): void {
    const pin = pinOf(document, runtime);
    // A pin in braces would become one very long line.
    pin.flow = false;
    for (const key of KEYS) {
        setKey(pin, document, key, values[key]);
    }
}

function setKey(pin: YAMLMap, document: Document, key: string, value: unknown): void {
    if (value === undefined) {
        pin.delete(key);
        return;
    }
    const before = pin.get(key, true);
    if (isScalar(before) && typeof value === "string") {
        before.value = value; // The comment beside it stays.
    } else {
        pin.set(key, typeof value === "string" ? value : document.createNode(plain(value)));
    }
    const rank = (item: { key: unknown }) =>
        KEYS.indexOf(String(isScalar(item.key) ? item.key.value : item.key));
    pin.items.sort((a, b) => rank(a) - rank(b));
}

/** Without keys that are `undefined`, and without shared objects, for which YAML would write anchors. */
function plain(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value)) as unknown;
}

/** A pin as its own history has it; nothing for one that followed a live Deployment. */
function recordOf(pin: Pin): PinRecord[] {
    if (pin.image === undefined) {
        return [];
    }
    const facts = Object.fromEntries(
        Object.keys(pinFacts).map((key) => [key, pin[key as keyof typeof pinFacts]]),
    );
    return [{ image: pin.image, ...facts, hold: pin.hold }];
}
