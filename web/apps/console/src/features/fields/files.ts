import type { Attachment } from '@madoguchi/api-client';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';

/** The files of a ticket's messages, where a field asks for one. */
export function useTicketFiles(ticket: number, isAsked: boolean): Attachment[] {
  const read = useQuery({
    queryKey: ['ticket-files', ticket],
    queryFn: ({ signal }) => api.tickets.withMessages(ticket, { signal }),
    enabled: isAsked,
  }).data;
  return (read?.messages ?? []).flatMap((m) => m.attachments);
}
