/** An operating system and processor the embedded cluster runs on, in Go's spelling (GOOS and GOARCH). */
export interface HostPlatform {
    readonly os: "linux" | "darwin";
    readonly arch: "amd64" | "arm64";
}

const goArchitectures: Readonly<Record<string, HostPlatform["arch"]>> = { x64: "amd64", arm64: "arm64" };

/**
 * The platform of this machine.
 *
 * @throws Error where the control plane has no build: anything but Linux and macOS on amd64 or arm64.
 */
export function hostPlatform(os: string = process.platform, arch: string = process.arch): HostPlatform {
    const goArch = goArchitectures[arch];
    if ((os !== "linux" && os !== "darwin") || goArch === undefined) {
        throw new Error(
            `the embedded cluster does not run on "${os}/${arch}": expected Linux or macOS on x64 or arm64`,
        );
    }
    return { os, arch: goArch };
}
