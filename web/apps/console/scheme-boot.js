// Runs before the first paint, so that a dark console never flashes white. It is a file, because the policy forbids inline script.
(() => {
  const root = document.documentElement;
  let s = null;
  let l = null;
  let d = null;
  try {
    s = localStorage.getItem('madoguchi.scheme');
    l = localStorage.getItem('madoguchi.locale');
    d = localStorage.getItem('madoguchi.density');
  } catch {}
  const dark = s === 'dark' || (s !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  root.lang = l === 'en' || l === 'ja' ? l : navigator.language.startsWith('en') ? 'en' : 'ja';
  root.dataset.density = d === 'compact' ? 'compact' : 'comfortable';
})();
