// Passwords can be shown: a button beside each password field, made here because it does nothing without a script.
for (const input of document.querySelectorAll("input[type=password][data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet reveal";
  button.setAttribute("aria-controls", input.id);
  const say = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? input.dataset.hide : input.dataset.show;
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => say(input.type === "password"));
  // A shown password must not be kept by the browser as a remembered text.
  input.form?.addEventListener("submit", () => say(false));
  input.after(button);
  say(false);
}
