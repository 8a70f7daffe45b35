const MAX_BYTES = 10 * 1024 * 1024;
const PATIENCE_MILLISECONDS = 60_000;

const element = (id) => document.getElementById(id);
const result = element("result");
const photograph = element("photograph");
/** Counts photographs: the answer to one that was replaced by another is not shown. */
let latest = 0;

function showError(text) {
  element("error").textContent = text;
  element("error").hidden = text === "";
}

/** Shows the photograph at once, and what it is when the answer has come. */
async function classify(file) {
  const mine = ++latest;
  showError("");
  if (file.size > MAX_BYTES) {
    result.hidden = true;
    showError(`${file.name} has ${megabytes(file.size)} (expected at most ${megabytes(MAX_BYTES)}).`);
    return;
  }
  showPhotograph(file);
  try {
    const start = performance.now();
    const answer = await ask(file);
    if (mine === latest) {
      showAnswer(answer, performance.now() - start);
    }
  } catch (error) {
    if (mine === latest) {
      result.hidden = true;
      showError(error.message);
    }
  }
}

function megabytes(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function showPhotograph(file) {
  URL.revokeObjectURL(photograph.src);
  photograph.src = URL.createObjectURL(file);
  photograph.alt = `The photograph ${file.name}`;
  element("name").textContent = file.name;
  element("label").textContent = "Looking…";
  result.hidden = false;
  result.classList.add("busy");
}

async function ask(file) {
  let response;
  try {
    response = await fetch("/classify", {
      method: "POST",
      body: file,
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
  } catch (error) {
    throw new Error(
      error.name === "TimeoutError"
        ? "There was no answer within a minute. Try again."
        : "The page's own service cannot be reached, or the file cannot be read any more. Try again.",
    );
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(answer.error ?? `The service answered with status ${response.status}.`);
  }
  return answer;
}

function showAnswer(answer, milliseconds) {
  element("label").textContent = answer.label;
  element("probability").textContent = `${(answer.probability * 100).toFixed(2)} %`;
  element("bar").style.width = `${answer.probability * 100}%`;
  element("by").textContent = `Answered by ${answer.answered_by}.`;
  element("steps").replaceChildren(...rows(answer.steps, milliseconds));
  result.classList.remove("busy");
}

/** The parts, what is left for the way between browser and service, and all of it. */
function rows(steps, milliseconds) {
  const known = steps.reduce((sum, step) => sum + step.milliseconds, 0);
  return [
    ...steps,
    { name: "send it from the browser", milliseconds: Math.max(0, milliseconds - known) },
    { name: "all of it", milliseconds },
  ].map(row);
}

function row(step) {
  const line = document.createElement("tr");
  const head = document.createElement("th");
  const cell = document.createElement("td");
  head.scope = "row";
  head.textContent = step.name;
  cell.textContent = `${step.milliseconds.toFixed(1)} ms`;
  line.append(head, cell);
  return line;
}

element("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) {
    classify(file);
  }
  event.target.value = ""; // so that the same file can be chosen again
});

// Anywhere on the page: a file that misses the field would else replace the page.
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    element("drop").classList.toggle("over", type === "dragover");
  });
}
document.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer.files;
  if (file) {
    classify(file);
  } else {
    showError("That was no file. Drop a photograph's file, or choose one.");
  }
});
