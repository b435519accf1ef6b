// Opens a page in a headless Chromium without a network; measures what is to be seen there, and keeps pictures.
//
//     node browse.cjs PAGE FOLDER '{"name": [cell, selector], ...}'
//
// prints {"found": {name: {width, height, text}}, "asked": [addresses the page wanted], "text": the page's}.
const { chromium } = require("playwright-core");
const [page_url, folder, wanted] = process.argv.slice(2);

async function look(page, [cell, selector]) {
  const output = page.locator(".jp-Cell").nth(cell).locator(".jp-OutputArea-output");
  const element = output.locator(selector).first();
  if (!(await element.count())) return { element: null };
  const box = (await element.boundingBox()) ?? { width: 0, height: 0 };
  return { element, said: { width: box.width, height: box.height, text: await element.innerText().catch(() => "") } };
}

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 1400 } });
    const asked = [];
    await page.route(/^https?:/, (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    await page.goto(page_url, { waitUntil: "load" });
    const found = {};
    for (const [name, where] of Object.entries(JSON.parse(wanted))) {
      const { element, said } = await look(page, where);
      found[name] = said ?? { width: 0, height: 0, text: "" };
      if (element) await element.screenshot({ path: `${folder}/${name}.png` });
    }
    await page.screenshot({ path: `${folder}/page.png`, fullPage: true });
    console.log(JSON.stringify({ found, asked, text: await page.locator("body").innerText() }));
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
