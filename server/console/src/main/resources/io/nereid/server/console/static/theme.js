/* The colour scheme: the system's, or what the person chose last. Runs before the page is drawn, so that it never changes under the eye. */
(() => {
  const KEY = "nereid-theme";
  const CHOICES = ["system", "light", "dark"];

  const stored = () => {
    try {
      return CHOICES.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "system";
    } catch {
      return "system"; // storage is switched off
    }
  };

  const store = (choice) => {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // It holds for this page then.
    }
  };

  let chosen = stored();
  const apply = () => {
    document.documentElement.dataset.theme = chosen;
  };

  apply();
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const prefix = document.createElement("span");
    prefix.textContent = "Theme: ";
    const name = () => {
      button.setAttribute("aria-label", `Theme: ${chosen}`);
      button.replaceChildren(prefix, chosen);
    };
    name();
    button.addEventListener("click", () => {
      chosen = CHOICES[(CHOICES.indexOf(chosen) + 1) % CHOICES.length];
      store(chosen);
      apply();
      name();
    });
  });
})();
