// @ts-check
// Questions as the pages write them in HTML: one answer, several, true or false, a number, pairs.
//
// A question is a `fieldset[data-question]` with `data-type` (choice unless told otherwise) and
// `data-correct`. What there is to say about an answer stands in `template[data-why]`: one for each
// option, or "right" and "wrong".

export class Question {
  /** @param {HTMLFieldSetElement} fieldset */
  constructor(fieldset) {
    this.fieldset = fieldset;
    this.id = fieldset.dataset.question ?? "";
    this.type = /** @type {import("./run-time.js").Answer["type"]} */ (fieldset.dataset.type ?? "choice");
    this.lesson = fieldset.dataset.lesson ?? document.documentElement.dataset.activity ?? "";
    this.correct = (fieldset.dataset.correct ?? "").split(" ");
    this.text = fieldset.querySelector("legend")?.textContent?.trim() ?? "";
    this.inputs = [...fieldset.querySelectorAll("input")];
    this.selects = [...fieldset.querySelectorAll("select")];
  }

  /** @returns {string[]} */
  given() {
    if (this.type === "matching") return this.selects.filter((select) => select.value).map((select) => `${select.dataset.source}.${select.value}`);
    if (this.type === "numeric") return this.inputs[0].value === "" ? [] : [String(Number(this.inputs[0].value))];
    return this.inputs.filter((input) => input.checked).map((input) => input.value);
  }

  isRight() {
    return this.given().join(" ") === this.correct.join(" ");
  }

  /** @param {string[]} values as `given` tells them */
  choose(values) {
    if (this.type === "numeric") this.inputs[0].value = values[0] ?? "";
    else for (const input of this.inputs) input.checked = values.includes(input.value);
    for (const select of this.selects) {
      select.value = values.find((value) => value.startsWith(`${select.dataset.source}.`))?.split(".")[1] ?? "";
    }
  }

  /** Shows whether the answer was right, and why. */
  judge() {
    const right = this.isRight();
    this.fieldset.dataset.judged = right ? "right" : "wrong";
    const feedback = this.fieldset.querySelector("[data-feedback]");
    if (!feedback) return;
    const verdict = document.createElement("strong");
    verdict.textContent = right ? "Esatto. " : "Non è così. ";
    feedback.replaceChildren(verdict, this.why(right));
  }

  /** @param {boolean} right @returns {Node | string} */
  why(right) {
    const given = this.given();
    for (const key of [...(given.length === 1 ? given : []), right ? "right" : "wrong", "right"]) {
      const template = /** @type {HTMLTemplateElement | null} */ (this.fieldset.querySelector(`template[data-why="${CSS.escape(key)}"]`));
      if (template) return template.content.cloneNode(true);
    }
    return "";
  }

  reset() {
    delete this.fieldset.dataset.judged;
    this.choose([]);
    this.fieldset.querySelector("[data-feedback]")?.replaceChildren();
  }

  /** @param {number} sinceMs when it was asked @returns {import("./run-time.js").Answer} */
  answer(sinceMs) {
    return {
      id: this.id,
      type: this.type,
      correct: this.correct,
      given: this.given(),
      right: this.isRight(),
      text: this.text,
      lesson: this.lesson,
      latencyMs: Date.now() - sinceMs,
      components: this.components(),
    };
  }

  /** The options with their texts, as an xAPI interaction lists them. */
  components() {
    const component = (/** @type {string} */ id, /** @type {string | null | undefined} */ text) => ({ id, description: { it: text?.trim() ?? "" } });
    if (this.type === "choice") return { choices: this.inputs.map((input) => component(input.value, input.parentElement?.textContent)) };
    if (this.type !== "matching") return {};
    return {
      source: this.selects.map((select) => component(select.dataset.source ?? "", select.parentElement?.querySelector("span")?.textContent)),
      target: [...this.selects[0].options].filter((option) => option.value).map((option) => component(option.value, option.textContent)),
    };
  }
}

/** @param {HTMLFormElement} form */
export function questions(form) {
  return [...form.querySelectorAll("fieldset")].map((fieldset) => new Question(fieldset));
}
