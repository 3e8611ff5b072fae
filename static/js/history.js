// Say at once that a file is too large, instead of after minutes of sending; and that it is being read.
const form = document.querySelector("form[data-most-bytes]");
const file = form?.querySelector("input[type=file]");
if (file) {
  const check = () => {
    const large = [...file.files].some((one) => one.size > Number(form.dataset.mostBytes));
    file.setCustomValidity(large ? form.dataset.tooLarge : "");
    return file.reportValidity();
  };
  file.addEventListener("change", check);
  form.addEventListener("submit", (event) => {
    if (!check()) event.preventDefault();
    else form.querySelector("[data-reading]").hidden = false;
  });
  // Coming back by the browser's history shows the page as it was left.
  addEventListener("pageshow", () => { form.querySelector("[data-reading]").hidden = true; });
}
