// Passwords can be shown: a button in each password field, made here because it does nothing without a script.
for (const input of document.querySelectorAll("input[type=password][data-show]")) {
  const box = document.createElement("div");
  box.className = "reveal";
  input.before(box);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal__button";
  button.setAttribute("aria-controls", input.id);
  box.append(input, button);
  const turn = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? input.dataset.hide : input.dataset.show;
    button.setAttribute("aria-label", shown ? input.dataset.hideName : input.dataset.showName);
  };
  button.addEventListener("click", () => turn(input.type === "password"));
  // A shown password must not be kept by the browser as a remembered text.
  input.form?.addEventListener("submit", () => turn(false));
  turn(false);
}
