import { MendableError, messageOf } from "../text/mendableError";
import { printable } from "../text/printable";

/**
 * Runs a script to its end, and ends the process as it says. What it throws is printed as its text alone.
 *
 * @param main answers with the exit code, or nothing where that is 0 or set already
 * @param failed the exit code of an error that names none
 */
export async function runScript(main: () => Promise<unknown>, failed = 1): Promise<void> {
    try {
        const code = await main();
        if (typeof code === "number") {
            process.exitCode = code;
        }
    } catch (error) {
        console.error(printable(messageOf(error)));
        process.exitCode = error instanceof MendableError && error.exitCode > 128 ? error.exitCode : failed;
    }
}
