// The button takes the place of the sentence on how to print.
const place = document.getElementById("to-print");
if (place) {
  const button = place.querySelector("button");
  place.querySelector("p").hidden = true;
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
