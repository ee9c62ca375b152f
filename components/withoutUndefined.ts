/** A value without the keys that are `undefined`. */
type Defined<T> = T extends readonly (infer E)[]
    ? Defined<E>[]
    : T extends object
      ? { [K in keyof T]: Defined<Exclude<T[K], undefined>> }
      : T;

/** Drops keys that are `undefined`, at every depth of plain JSON data: zod allows them, the Kubernetes types do not. */
export function withoutUndefined<T>(value: T): Defined<T> {
    return JSON.parse(JSON.stringify(value)) as Defined<T>;
}
