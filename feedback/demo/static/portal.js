// What the partner's own page does: ask by hand, through the widget's only global.
document.getElementById("ask").addEventListener("click", ({ currentTarget }) => {
  window.feedback?.("ask", currentTarget.dataset.survey);
});
