// Does in the Swagger UI what a developer would: gives the key, then executes each operation as it stands there.
// Prints what came of it as JSON. Only path parameters are typed, from CDR_PATH_PARAMETERS.
import { chromium } from "playwright-core";

const { CDR_API_URL, CDR_API_KEY, CHROMIUM, SCREENSHOTS } = process.env;
const pathParameters = JSON.parse(process.env.CDR_PATH_PARAMETERS);

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));

await page.goto(`${CDR_API_URL}/swagger`);
await page.locator(".btn.authorize").click();
// A key or a token: the form has a part for each.
const keyForm = page.locator(".auth-container").filter({ hasText: "X-API-Key" });
await keyForm.locator("input").fill(CDR_API_KEY);
await keyForm.locator(".auth-btn-wrapper .authorize").click();
await page.locator(".btn-done").first().click();

const document = await (await fetch(`${CDR_API_URL}/openapi/v1.json`)).json();
const results = [];
for (const [path, operations] of Object.entries(document.paths)) {
  for (const [method, { operationId }] of Object.entries(operations)) {
    const block = page.locator(`.opblock[id$="-${operationId}"]`);
    await block.locator(".opblock-summary-control").click();
    for (const [, name] of path.matchAll(/{(\w+)}/g)) {
      await block.locator(`[data-param-name="${name}"][data-param-in="path"] input`).fill(`${pathParameters[name]}`);
    }

    await block.locator(".btn.execute").click();
    const response = block.locator(".live-responses-table .response");
    const status = await response.locator(".response-col_status").innerText();
    const body = parseInt(status) === 204 ? "" : await response.locator(".highlight-code pre").first().innerText();
    results.push({ operation: `${method.toUpperCase()} ${path}`, status: parseInt(status), body });
    if (SCREENSHOTS) {
      await block.screenshot({ path: `${SCREENSHOTS}/${operationId}.png` });
    }

    await block.locator(".opblock-summary-control").click();
  }
}

await browser.close();
console.log(JSON.stringify({ results, errors }));
