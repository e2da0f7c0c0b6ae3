// Words that every part of the mock speaks.
export const now = () => new Date().toISOString();
export const PASSWORD = 'madoguchi-demo';
export const page = (items) => ({ items, next: null });
export const paged = (items, q) => {
  const from = Number(q.get('after') ?? 0);
  const to = from + Number(q.get('limit') ?? 100);
  return { items: items.slice(from, to), next: to < items.length ? String(to) : null };
};
export const problem = (status, code, detail, errors) => ({
  status,
  body: { type: `/problems/${code}`, title: code, status, detail, code, errors },
  problem: true,
});
export const notFound = () => problem(404, 'not_found', '見つかりません。');
export const invalid = (field, code, detail) => problem(422, 'invalid', '入力を確認してください。', [{ field, code, detail }]);
export const ref = (list, i) =>
  i == null ? null : (({ id, name }) => ({ id, name }))(list.find((x) => x.id === i) ?? { id: i, name: '?' });
