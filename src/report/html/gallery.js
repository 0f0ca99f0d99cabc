"use strict";
// Sorts the table by the column whose heading is pressed, and hides rows that lack the words of the filter.
const table = document.getElementById("records");
const body = table.tBodies[0];
const headings = [...table.tHead.rows[0].cells];
headings.forEach((heading, column) => {
  heading.firstElementChild.addEventListener("click", () => {
    const falling = heading.getAttribute("aria-sort") === "ascending";
    headings.forEach((other) => other.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const text = (row) => row.cells[column].textContent.trim();
    const compare = (one, other) => {
      const [a, b] = [text(one), text(other)];
      // What is empty comes last in either order.
      if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
      const numbers = [a, b].map(Number);
      const order = numbers.every(Number.isFinite) ? numbers[0] - numbers[1] : a.localeCompare(b);
      return falling ? -order : order;
    };
    body.append(...[...body.rows].sort(compare));
  });
});
document.getElementById("filter").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
});
