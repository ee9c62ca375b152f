import * as net from "node:net";
import { z } from "zod";

/** A range of addresses as numbers. */
interface IpRange {
    readonly family: 4 | 6;
    readonly first: bigint;
    /** Bits of an address that may differ within the range. */
    readonly free: bigint;
}

/** Reads `10.8.0.0/16` or `2001:db8::/32`; nothing where it is neither, or an IPv4 address in IPv6's clothes. */
function readRange(text: string): IpRange | undefined {
    const [address = "", prefix = "", ...more] = text.split("/");
    const family = net.isIP(address);
    const size = family === 4 ? 32 : 128;
    if (family === 0 || more.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > size) {
        return undefined;
    }
    if (family === 4) {
        const first = address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
        return { family, first, free: BigInt(size - Number(prefix)) };
    }
    if (/[.%]/.test(address)) {
        return undefined;
    }
    const [head = [], tail = []] = address
        .split("::")
        .map((half) => half.split(":").filter((group) => group !== ""));
    const zeros = Array<string>(8 - head.length - tail.length).fill("0");
    const groups = [...head, ...zeros, ...tail];
    const first = groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
    return { family: 6, first, free: BigInt(size - Number(prefix)) };
}

/** Whether a range is a part of another one, and not all of it. */
export function isWithin(inner: string, outer: string): boolean {
    const [small, large] = [readRange(inner), readRange(outer)];
    return (
        small !== undefined &&
        large?.family === small.family &&
        small.free < large.free &&
        small.first >> large.free === large.first >> large.free
    );
}

/** A range of addresses, written by its first one: Kubernetes takes others for a slip, and so do people. */
export const cidrSchema = z.string().superRefine((text, context) => {
    const range = readRange(text);
    if (range === undefined) {
        context.addIssue('expected a range of addresses, such as "10.8.0.0/16" or "2001:db8::/32"');
    } else if (range.first !== (range.first >> range.free) << range.free) {
        context.addIssue("expected the first address of the range before the slash");
    }
});
