/** The script of the HTML report: filters the rows that are in the page already. Without it the page shows them all. */
export const PAGE_SCRIPT = `
(() => {
    const text = document.getElementById("filter-text");
    const runtime = document.getElementById("filter-runtime");
    const stack = document.getElementById("filter-stack");
    const days = document.getElementById("filter-days");
    const boxes = [...document.querySelectorAll("input[name=status]")];
    const rows = [...document.querySelectorAll("tbody tr")];
    const agents = [...document.querySelectorAll("#agents tbody tr")];
    const apply = () => {
        const wanted = text.value.trim().toLowerCase();
        const statuses = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
        for (const row of rows) {
            const { org, runtimes, statuses: own, stacks, days: behind } = row.dataset;
            // An org's row stands for its agents: one of them that is wanted is enough.
            const [ofRuntime, ofStatus, ofStack, ofDays] = [runtimes, own, stacks, behind].map((list) => list.split(" "));
            row.hidden = !(
                org.toLowerCase().includes(wanted) &&
                ofStatus.some((status, index) =>
                    statuses.has(status) &&
                    (runtime.value === "" || ofRuntime[index] === runtime.value) &&
                    (stack.value === "" || ofStack[index] === stack.value) &&
                    Number(ofDays[index]) >= Number(days.value)
                )
            );
        }
        const shown = agents.filter((row) => !row.hidden).length;
        document.getElementById("filter-count").textContent = shown + " of " + agents.length + " agents";
    };
    document.getElementById("filters").addEventListener("input", apply);
    document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
    apply();
})();
`;
