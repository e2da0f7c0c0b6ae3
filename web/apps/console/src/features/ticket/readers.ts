import type { Address, TicketView, TimelineItem } from '@madoguchi/api-client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../app/api.ts';
import { added, folded, isWrong } from './addresses.ts';
import { contactQuery } from './contacts.ts';
import type { Draft } from './draft.ts';
import { circleOf } from './outside.ts';
import { useWayOut } from './WayOutNotice.tsx';

const NOBODY: Address[] = [];
const SLOW = 5 * 60_000;
const sameReaders = (a: Address[], b: Address[]) => a.map((x) => folded(x.email)).join() === b.map((x) => folded(x.email)).join();

/** To whom a draft goes as it stands: to everybody on the ticket, unless it says otherwise. */
export function useReaders(ticket: TicketView, draft: Draft, mode: 'reply' | 'forward') {
  const way = useWayOut(ticket.id);
  const id = ticket.requester?.id;
  const contact = useQuery({ ...contactQuery(id ?? 0), enabled: !!id }).data;
  const usual = useMemo<Address[]>(() => {
    if (mode === 'forward') return NOBODY;
    if (way && way.to.length > 0) return way.to.map((r) => ({ name: r.name, email: r.address }));
    const email = contact?.emails[0]?.address;
    return email ? [{ name: ticket.requester?.name ?? null, email }] : NOBODY;
  }, [mode, way, contact, ticket.requester?.name]);
  return useMemo(() => {
    const to = draft.to ?? usual;
    const alone = mode === 'reply' && !!draft.withoutCc && ticket.cc.length > 0;
    const waiting = draft.withoutCc ? draft.cc : undefined;
    const cc = mode === 'forward' || draft.withoutCc ? NOBODY : (draft.cc ?? ticket.cc);
    const bcc = draft.bcc ?? NOBODY;
    const ccChanged = mode === 'reply' && !draft.withoutCc && !!draft.cc && !sameReaders(draft.cc, ticket.cc);
    const onceChanged = mode === 'reply' && ((!!draft.to && !sameReaders(draft.to, usual)) || bcc.length > 0);
    const everybody = cc.length > 0;
    // Whom somebody has typed waits for the way back.
    const kept = everybody ? draft.cc : waiting;
    const turned: Partial<Draft> = { to: undefined, cc: kept, bcc: undefined, withoutCc: everybody || undefined };
    return {
      to,
      cc,
      bcc,
      ccChanged,
      onceChanged,
      /** Those in copy do not get this one, and stay on the ticket. */
      alone,
      changed: ccChanged || onceChanged || alone || !!waiting?.length || !!draft.to,
      everybody,
      /** To the requester alone, or to everybody again. */
      turned,
      /** Whether a letter can be addressed like this. Who the requester is, the server knows better than we. */
      usable: ![...to, ...cc, ...bcc].some(isWrong) && (to.length > 0 || (!draft.to && mode === 'reply')),
    };
  }, [draft, usual, ticket.cc, mode]);
}
export type Readers = ReturnType<typeof useReaders>;

/** Who belongs to a ticket, as far as its people and their organization tell; nothing until that is known. */
export function useCircle(ticket: TicketView, items: TimelineItem[]) {
  const way = useWayOut(ticket.id);
  const id = ticket.requester?.id;
  const contact = useQuery({ ...contactQuery(id ?? 0), enabled: !!id }).data;
  const organization = contact?.organization ?? null;
  const houses = useQuery({
    queryKey: ['organizations', 'named', organization?.name],
    queryFn: ({ signal }) => api.contacts.organizations({ q: organization?.name }, { signal }),
    enabled: !!organization,
    staleTime: SLOW,
  });
  return useMemo(() => {
    const writers = items.flatMap((i) => {
      if (i.kind !== 'message' || i.message.visibility !== 'public' || !i.message.author.email) return [];
      return [{ name: i.message.author.name, email: i.message.author.email }];
    });
    const asker = contact?.emails.map((e) => ({ name: contact.name, email: e.address })) ?? [];
    const near = added(
      [],
      [...asker, ...ticket.cc, ...writers].filter((a) => a.email),
    );
    const ready = !!way && (!id || !!contact) && (!organization || houses.isFetched);
    const domains = houses.data?.items.find((o) => o.id === organization?.id)?.domains ?? [];
    const own = way?.mailbox ? [way.mailbox.address] : [];
    const on = [...near.map((a) => a.email ?? ''), ...(way ? [...way.to, ...way.cc].map((r) => r.address) : []), ...own];
    return { way, near, organization: organization?.name ?? '', circle: ready ? circleOf(on, domains) : null };
  }, [items, contact, ticket.cc, way, id, organization, houses.isFetched, houses.data]);
}
