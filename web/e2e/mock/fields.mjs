// A desk's own fields: as much of them as the console needs to be driven; conditions are not decided here.
import { id } from './data.mjs';
import { invalid, page } from './shared.mjs';

const NONE = { ja: '', en: '' };
const blank = { label: NONE, hint: NONE, choices: [], min: null, max: null, decimals: 0, unit: '', pattern: '', types: [] };
const rest = { when: null, required: 'never', agents_only: false, archived: false };
const keyed = (choices) => (choices ?? []).map((c) => ({ ...c, key: c.key || `c${id()}`, choices: keyed(c.choices) }));

/** Which fields apply to a ticket. */
export const applyingTo = (db, t) =>
  db.fields.filter((f) => !f.archived && (f.types.length === 0 || f.types.includes(t.type))).map((f) => f.key);

/** What a change lacks, as the server says it: nothing is solved without. */
export function lacking(db, t, patch) {
  if (!['solved', 'closed'].includes(patch.state)) return null;
  const after = { ...t.fields, ...patch.fields };
  const empty = (f) => f.required !== 'never' && applyingTo(db, t).includes(f.key) && !after[f.key];
  const errors = db.fields.filter(empty).map((f) => ({ field: `fields.${f.key}`, code: 'required', detail: '入力してください。' }));
  const [first] = errors;
  const refused = first && invalid(first.field, first.code, first.detail);
  return refused ? { ...refused, body: { ...refused.body, errors } } : null;
}

export function fieldRoutes({ db }) {
  const shape = (b) => ({ ...blank, ...rest, ...b, choices: keyed(b.choices) });
  const named = (b) => b.label?.ja || b.label?.en;
  return [
    ['GET', '/ticket-fields', () => page(db.fields)],
    ['GET', '/ticket-fields/unfilled', () => page([])],
    ['POST', '/ticket-fields/applying', ({ b }) => ({ applying: applyingTo(db, { type: 'question', ...b }) })],
    ['GET', '/eras', () => page([{ letter: 'R', name: '令和', begins: '2019-05-01' }])],
    [
      'POST',
      '/ticket-fields',
      ({ b }) => {
        if (!named(b)) return invalid('label', 'required', '入力してください。');
        const made = { ...shape(b), id: id(), key: b.key ?? `field_${db.fields.length + 1}`, revision: 1, can: ['change'] };
        if (db.fields.some((f) => f.key === made.key)) return invalid('key', 'taken', 'すでに使われています。別のものにしてください。');
        db.fields.push(made);
        return { status: 201, body: made };
      },
    ],
    [
      'PUT',
      '/ticket-fields/order',
      ({ b }) => {
        db.fields.sort((a, z) => b.fields.indexOf(a.id) - b.fields.indexOf(z.id));
        return page(db.fields);
      },
    ],
    [
      'PUT',
      '/ticket-fields/:id',
      ({ p, b }) => {
        const field = db.fields.find((f) => f.id === Number(p[0]));
        return Object.assign(field, shape(b), { revision: field.revision + 1 });
      },
    ],
  ];
}
