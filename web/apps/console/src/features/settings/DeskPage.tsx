import { type Colour, isProblem, type Locale, type OwnDesk } from '@madoguchi/api-client';
import { LANGS, languageName, moment, useTranslation } from '@madoguchi/i18n';
import { Button, Notice, toast } from '@madoguchi/ui';
import { Select, TextInput } from '@madoguchi/ui/forms';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { usePlace } from '../../app/session.ts';
import { useMinute } from '../inbox/useWide.ts';
import { Loaded, Page } from './Page.tsx';

const deskQuery = queryOptions({ queryKey: ['desk'], queryFn: api.people.desk });
const COLOURS: (Colour | null)[] = [null, 'blue', 'green', 'yellow', 'red', 'purple', 'teal', 'pink', 'grey'];

/** Every time zone that the browser knows; the desk's own may be an older name. */
const zones = (own: string) => [...new Set([own, 'UTC', ...Intl.supportedValuesOf('timeZone')])].sort();

/** What the desk is called, its clock and its language, and the colour by which people know at which one they are. */
export default function DeskPage() {
  const desk = useQuery(deskQuery);
  return <Page name="desk">{<Loaded query={desk}>{(data) => <Form key={data.revision} desk={data} />}</Loaded>}</Page>;
}

function Form({ desk }: { desk: OwnDesk }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const [name, setName] = useState(desk.name);
  const [colour, setColour] = useState(desk.colour);
  const [zone, setZone] = useState(desk.time_zone);
  const [language, setLanguage] = useState(desk.language);
  const place = usePlace();
  const now = useMinute();
  const save = useSave(t('page.desk'), {
    mutationFn: () => api.people.saveDesk({ name, colour, time_zone: zone, language }, { ifMatch: desk.revision }),
    done: () => toast(t('desk.saved')),
    onSettled: () =>
      Promise.all([qc.invalidateQueries({ queryKey: deskQuery.queryKey }), qc.invalidateQueries({ queryKey: keys.session })]),
  });
  const err = isProblem(save.error) ? save.error.field('name') : undefined;
  const changed = name !== desk.name || colour !== desk.colour || zone !== desk.time_zone || language !== desk.language;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      {save.isError && !err && (
        <Notice tone="shu" role="alert">
          {problemText(save.error, tc)}
        </Notice>
      )}
      <TextInput
        label={t('desk.name')}
        required
        maxLength={120}
        value={name}
        error={err}
        onChange={(e) => setName(e.currentTarget.value)}
      />
      <Select
        label={t('desk.zone')}
        description={t('desk.zoneHint', { now: moment(new Date(now).toISOString(), { ...place, zone }) })}
        searchable
        allowDeselect={false}
        maxDropdownHeight={280}
        value={zone}
        data={zones(desk.time_zone)}
        nothingFoundMessage={t('desk.zoneNone')}
        onChange={(v) => v && setZone(v)}
      />
      <Select
        label={t('desk.language')}
        description={t('desk.languageHint')}
        allowDeselect={false}
        value={language}
        data={LANGS.map((l) => ({ value: l, label: languageName(l) }))}
        onChange={(v) => v && setLanguage(v as Locale)}
      />
      <fieldset className="colours">
        <legend>{t('desk.colour')}</legend>
        <p className="dim small">{t('desk.colourHint')}</p>
        <div className="colours-l">
          {COLOURS.map((c) => (
            <label key={c ?? ''} className="colour">
              <input type="radio" name="colour" checked={colour === c} onChange={() => setColour(c)} />
              <i className="desk-d" data-colour={c ?? 'none'} aria-hidden="true" />
              {t(`desk.colours.${c ?? 'none'}`)}
            </label>
          ))}
        </div>
      </fieldset>
      <div className="row-end">
        <Button type="submit" look="fill" disabled={!changed || !name.trim()} busy={save.isPending}>
          {tc('do.save')}
        </Button>
      </div>
    </form>
  );
}
