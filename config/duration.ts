import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time as people and Go's programs write it: `45s`, `30m` or `2h`. */
export const durationTextSchema = z
    .string()
    .regex(/^\d{1,6}[smh]$/, 'expected a whole number and a unit: "45s", "30m" or "2h"');

/** A length of time as people write it, `45s`, `30m`, `2h` or `1d`; read as milliseconds. */
export const durationSchema = z
    .string({ error: 'expected a length of time in quotes, such as "30m"' })
    .regex(/^\d{1,6}[smhd]$/, 'expected a whole number and a unit: "45s", "30m", "2h" or "1d"')
    .transform((text) => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0));

/** Milliseconds as people write them, in the largest unit that needs no fraction: `90s`, `30m`. */
export function formatDuration(milliseconds: number): string {
    const seconds = Math.ceil(milliseconds / 1_000);
    for (const unit of ["d", "h", "m"]) {
        const size = (UNITS[unit] ?? 1) / 1_000;
        if (seconds >= size && seconds % size === 0) {
            return `${seconds / size}${unit}`;
        }
    }
    return `${seconds}s`;
}
