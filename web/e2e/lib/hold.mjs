// A request that waits on its way until the test lets it go, or loses it.

/**
 * Holds what goes to `url` by `method`. `came` resolves when one is on its way; `end` lets it through or, with `fail`, drops
 * it; with `lost` it arrives and only its answer is dropped.
 */
export async function hold(page, url, method) {
  let tell;
  const came = new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no ${method} to ${url}`)), 8000);
    tell = () => {
      clearTimeout(limit);
      resolve();
    };
  });
  // Whoever awaits it hears of it; a test that has ended already does not.
  came.catch(() => undefined);
  let decide;
  const decided = new Promise((resolve) => {
    decide = resolve;
  });
  const under = [];
  const pass = async (route) => {
    const how = await decided;
    if (how === 'go') return route.continue();
    if (how === 'lost') await route.fetch();
    return route.abort();
  };
  const on = (route) => {
    if (route.request().method() !== method) return route.fallback();
    const passed = pass(route);
    under.push(passed);
    tell();
    return passed;
  };
  await page.route(url, on);
  return {
    came,
    end: async (how = 'go') => {
      await came;
      decide(how);
      await Promise.all(under);
      await page.unroute(url, on);
    },
  };
}
