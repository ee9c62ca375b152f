/**
 * The median of some measurements: one that was disturbed does not move it.
 *
 * @throws RangeError when there are none.
 */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const upper = sorted[sorted.length >> 1];
    const lower = sorted[(sorted.length - 1) >> 1];
    if (upper === undefined || lower === undefined) {
        throw new RangeError("the median of no values");
    }
    return (upper + lower) / 2;
}
