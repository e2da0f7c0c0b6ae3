// Where the server is and who signs in: from the environment, or the mock's own.
export const base = process.env.BASE_URL ?? '';
export const slug = process.env.TENANT ?? 'demo';
export const email = process.env.EMAIL ?? 'saki@example.jp';
export const password = process.env.PASSWORD ?? 'madoguchi-demo';

export async function signIn(page, url, lang = 'ja') {
  await page.addInitScript((l) => {
    if (!localStorage.getItem('madoguchi.locale')) localStorage.setItem('madoguchi.locale', l);
  }, lang);
  await page.goto(`${url}/t/${slug}/sign-in`);
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/(inbox|tickets)/);
}
