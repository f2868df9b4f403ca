// The scorecard's filter: shows the claims of the chosen verdict. Runs from disk, needs nothing else.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("verdict-filter");
  if (!form) return;
  const rows = [...document.querySelectorAll("tr[data-verdict]")];
  const apply = () => {
    const verdict = form.elements.verdict.value;
    rows.forEach((row) => (row.hidden = verdict !== "" && row.dataset.verdict !== verdict));
    document.querySelectorAll("table.claims").forEach((table) => {
      table.hidden = !table.querySelector("tbody tr:not([hidden])");
    });
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("[role=status]").textContent = `${shown} of ${rows.length} claims shown`;
  };
  form.hidden = false;
  form.addEventListener("change", apply);
  apply(); // a browser keeps the choice when the reader comes back
});
