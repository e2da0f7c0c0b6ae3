import { isProblem, type Role } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Notice, toast } from '@madoguchi/ui';
import { Checkbox } from '@madoguchi/ui/forms';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { useSession } from '../../app/session.ts';
import { Loaded, Page } from './Page.tsx';
import { useRightName } from './rights.ts';
import { rolesQuery, useRoleName } from './roles.ts';

/** Roles are data: a named set of rights that the house may change. */
export default function Roles() {
  const list = useQuery(rolesQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const roleName = useRoleName();
  const { t } = useTranslation('console.settings');
  return (
    <Page name="roles">
      <Loaded query={list}>
        {(data) => {
          const role = data.items.find((r) => r.key === chosen) ?? data.items[0];
          return (
            <div className="roles">
              <div className="roles-l" role="tablist" aria-orientation="vertical" aria-label={t('page.roles')}>
                {data.items.map((r) => (
                  <button
                    key={r.key}
                    type="button"
                    role="tab"
                    id={`role-${r.key}`}
                    aria-controls="role-p"
                    aria-selected={r === role}
                    className="vw"
                    onClick={() => setChosen(r.key)}
                  >
                    <span>{roleName(r)}</span>
                    <em>{r.rights.length}</em>
                  </button>
                ))}
              </div>
              {role && <RoleEditor key={role.key} role={role} all={data.items} />}
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

function RoleEditor({ role, all }: { role: Role; all: Role[] }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const session = useSession();
  const rightName = useRightName();
  const roleName = useRoleName();
  // What the ticks began from: another's save that is read meanwhile is not written over.
  const [base, setBase] = useState(role);
  const [rights, setRights] = useState(role.rights);
  const groups = useMemo(() => {
    const known = [...new Set([...session.rights, ...all.flatMap((r) => r.rights)])].sort();
    const byThing = new Map<string, string[]>();
    for (const r of known) {
      const thing = r.split('.')[0] ?? r;
      byThing.set(thing, [...(byThing.get(thing) ?? []), r]);
    }
    return [...byThing];
  }, [session.rights, all]);
  const save = useSave(roleName(role), {
    mutationFn: () => api.people.saveRole(role.key, { rights }, { ifMatch: base.revision }),
    done: (saved) => {
      // What was ticked while it was saved stays ticked, and waits for the next press.
      setBase(saved);
      toast(t('role.saved', { name: roleName(role) }));
    },
    onSettled: () => qc.invalidateQueries({ queryKey: ['roles'] }),
  });
  const conflict = isProblem(save.error) && save.error.conflict;
  const reload = () => {
    setBase(role);
    setRights(role.rights);
    save.reset();
  };
  const may = role.can?.includes('change') ?? true;
  const changed = !alike(rights, base.rights);
  if (!changed && !save.isPending && role.revision > base.revision) {
    setBase(role);
    setRights(role.rights);
  }
  return (
    <div className="card role" role="tabpanel" id="role-p" aria-labelledby={`role-${role.key}`}>
      <div className="line">
        <h2>{roleName(role)}</h2>
        {role.builtin && <Chip>{t('role.builtin')}</Chip>}
        <span className="grow" />
        {may ? (
          <Button look="fill" disabled={!changed} busy={save.isPending} onClick={() => save.mutate()}>
            {tc('do.save')}
          </Button>
        ) : (
          <span className="dim small">{t(session.rights.includes('role.change') ? 'role.fixed' : 'role.readOnly')}</span>
        )}
      </div>
      {save.isError && (
        <Notice tone="shu" role="alert">
          <span className="grow">{problemText(save.error, tc)}</span>
          {conflict && <Button onClick={reload}>{tc('contact.reload')}</Button>}
        </Notice>
      )}
      <div className="rights">
        {groups.map(([g, list]) => (
          <fieldset key={g}>
            <legend>{t(`rightGroup.${g}`, { defaultValue: g })}</legend>
            {list.map((r) => (
              <Checkbox
                key={r}
                size="xs"
                disabled={!may}
                label={rightName(r)}
                checked={rights.includes(r)}
                onChange={(e) => {
                  const on = e.currentTarget.checked;
                  setRights((l) => (on ? [...l, r] : l.filter((x) => x !== r)));
                }}
              />
            ))}
          </fieldset>
        ))}
      </div>
    </div>
  );
}

const alike = (a: string[], b: string[]) => a.length === b.length && a.every((r) => b.includes(r));
