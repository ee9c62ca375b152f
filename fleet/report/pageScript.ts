/** The script of the HTML report: filters the rows that are in the page already. Without it the page shows them all. */
export const PAGE_SCRIPT = `
(() => {
    const text = document.getElementById("filter-text");
    const runtime = document.getElementById("filter-runtime");
    const boxes = [...document.querySelectorAll("input[name=status]")];
    const rows = [...document.querySelectorAll("tbody tr")];
    const agents = [...document.querySelectorAll("#agents tbody tr")];
    const apply = () => {
        const wanted = text.value.trim().toLowerCase();
        const statuses = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
        for (const row of rows) {
            const { org, runtimes, statuses: own } = row.dataset;
            row.hidden = !(
                org.toLowerCase().includes(wanted) &&
                (runtime.value === "" || runtimes.split(" ").includes(runtime.value)) &&
                own.split(" ").some((status) => statuses.has(status))
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
