/** The style of the HTML report. Colour repeats what the words say; the contrast is that of WCAG AA in both schemes. */
export const PAGE_STYLE = `
:root { color-scheme: light; font: 14px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 80rem; padding: 0 1rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
code { font: 12px ui-monospace, monospace; }
.gap { border-left: 4px solid #8a6d00; padding-left: .6rem; margin: .3rem 0; }
form { display: flex; flex-wrap: wrap; gap: .8rem 1.2rem; align-items: center; margin: 1rem 0; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .4rem; } legend { float: left; margin-right: .5rem; }
fieldset label { padding: .1rem .5rem; border: 1px solid #777; border-radius: 3px; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #c8c8c8; padding: .25rem .5rem; text-align: left; vertical-align: top; }
thead th { background: #f1f1f1; position: sticky; top: 0; }
#heat { width: auto; min-width: 40%; } #heat td { min-width: 9rem; } #heat th[scope=row] { font-weight: 600; }
td ul { margin: 0; padding-left: 1.1rem; }
small { color: inherit; }
.s-vetoed, .s-missing, .s-failing { background: #8b1a1a; color: #fff; }
.s-mutable { background: #c0392b; color: #fff; }
.s-drifted { background: #f2b8a0; } .s-stale { background: #f9dd9a; } .s-unmanaged { background: #d9c8ee; }
.s-expired { background: #f7d6c4; } .s-unknown { background: #e4e4e4; } .s-rolling { background: #c9def5; } .s-held { background: #dde3e6; } .s-current { background: #d3edd5; }
.lag-1 { box-shadow: inset 4px 0 #8a6d00; } .lag-2 { box-shadow: inset 8px 0 #8a6d00; }
.lag-3 { box-shadow: inset 12px 0 #8a6d00; padding-left: 1.1rem; } .lag-4 { box-shadow: inset 16px 0 #8a6d00; padding-left: 1.4rem; }
.lag-5 { box-shadow: inset 20px 0 #8a6d00; padding-left: 1.7rem; }
.lag-1, .lag-2 { padding-left: .9rem; }
[hidden] { display: none; }
`;
