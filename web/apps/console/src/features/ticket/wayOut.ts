import type { Id, Mailbox } from '@madoguchi/api-client';

/** What becomes of a first mail: who would send it, and what is known to be in the way. */
export interface FirstWay {
  mailbox: Mailbox | null;
  obstacle: 'none' | 'missing' | 'off' | 'failing';
}

/** The server's own order: the team's mailbox, else the desk's, else any that works; one at rest only when there is no other. */
function order(m: Mailbox, team: Id | null): number {
  const ours = team !== null && m.team?.id === team;
  if (m.state === 'off') return ours ? 3 : 4;
  if (ours) return 0;
  return m.team === null ? 1 : 2;
}

/** By which way the first mail of a ticket that does not exist yet would leave. */
export function firstWay(mailboxes: Mailbox[], team: Id | null): FirstWay {
  const [mailbox] = [...mailboxes].sort((a, b) => order(a, team) - order(b, team) || a.id - b.id);
  if (!mailbox) return { mailbox: null, obstacle: 'missing' };
  return { mailbox, obstacle: mailbox.state === 'ok' ? 'none' : mailbox.state };
}
