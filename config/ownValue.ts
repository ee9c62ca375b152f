/** What a record that people filled has under a name; never what every object has (`constructor` is a fine runtime's name). */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
    return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
