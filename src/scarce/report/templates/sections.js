// Folded sections and the table of scores. Without this script every section opens by a click, and every
// column is shown.
(function () {
  "use strict";
  function openNamed() {
    const named = location.hash && document.getElementById(location.hash.slice(1));
    const folded = named && named.querySelector("details");
    if (folded) folded.open = true;
  }
  window.addEventListener("hashchange", openNamed);
  openNamed();

  const all = document.getElementById("open-all");
  all.addEventListener("click", () => {
    const folds = [...document.querySelectorAll("main > section > details")];
    const open = folds.some((fold) => !fold.open);
    for (const fold of folds) fold.open = open;
    all.textContent = open ? "Close all sections" : "Open all sections";
  });
  all.hidden = false;

  const columns = document.getElementById("columns");
  const rows = [...document.querySelectorAll("#scores tr")];
  [...columns.querySelectorAll("input")].forEach((box, index) => {
    const show = () => { for (const row of rows) row.cells[index + 1].hidden = !box.checked; };
    box.addEventListener("change", show);
    show();
  });
  columns.hidden = false;
})();
