// @ts-check
// The plain line a log reader looks for: «12 passed, 0 failed».
export default class ClosingLine {
  constructor() {
    /** @type {Map<string, string>} the last outcome of each test: a retry counts once */
    this.outcomes = new Map();
  }

  /** @param {import("@playwright/test/reporter").TestCase} test @param {import("@playwright/test/reporter").TestResult} result */
  onTestEnd(test, result) {
    this.outcomes.set(test.id, result.status);
  }

  onEnd() {
    const statuses = [...this.outcomes.values()];
    const passed = statuses.filter((status) => status === "passed").length;
    const skipped = statuses.filter((status) => status === "skipped").length;
    const skippedWords = skipped > 0 ? `, ${skipped} skipped` : "";
    console.log(`\n${passed} passed, ${statuses.length - passed - skipped} failed${skippedWords}`);
  }

  printsToStdio() {
    return true;
  }
}
