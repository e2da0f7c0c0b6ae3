import type { Call, Client } from './client.ts';
import type * as M from './mail.ts';
import type * as O from './oauth.ts';
import type * as S from './schema.ts';

type Opt = Pick<Call, 'signal' | 'key' | 'ifMatch'>;

/** Every operation that the console knows, by name. Paths are written here and nowhere else. */
export function operations(c: Client) {
  const get = <T>(path: string, query?: object, o: Opt & { anonymous?: boolean } = {}) => c.call<T>('GET', path, { query, ...o });
  const post = <T>(path: string, body?: unknown, o: Opt & { anonymous?: boolean } = {}) => c.call<T>('POST', path, { body, ...o });
  const patch = <T>(path: string, body: unknown, o: Opt = {}) => c.call<T>('PATCH', path, { body, ...o });
  const del = (path: string) => c.call<void>('DELETE', path);
  type P<T> = S.Page<T>;
  type At = { after?: string; limit?: number };
  return {
    session: {
      get: () => get<S.SessionView>('/session', undefined, { anonymous: true }),
      signIn: (email: string, password: string, code?: string) =>
        post<S.SessionView>('/session', { email, password, code }, { anonymous: true }),
      askForPasskey: () =>
        post<S.Ceremony<PublicKeyCredentialRequestOptionsJSON>>('/session/passkey/ceremony', undefined, { anonymous: true }),
      signInByPasskey: (ceremony: string, credential: unknown) =>
        post<S.SessionView>('/session/passkey', { ceremony, credential }, { anonymous: true }),
      passkeys: () => get<P<S.Passkey>>('/passkeys'),
      beginPasskey: () => post<S.Ceremony<PublicKeyCredentialCreationOptionsJSON>>('/passkeys/ceremony'),
      addPasskey: (p: { ceremony: string; credential: unknown; name: string }) => post<S.Passkey>('/passkeys', p),
      renamePasskey: (id: S.Id, name: string) => patch<S.Passkey>(`/passkeys/${id}`, { name }),
      removePasskey: (id: S.Id) => del(`/passkeys/${id}`),
      goToDesk: (slug: string) => post<S.SessionView>('/session/desk', { slug }),
      signOut: () => del('/session'),
      prefer: (p: S.Preferences) => patch<S.SessionView>('/session', p),
      list: (q: At = {}) => get<P<S.SessionLine>>('/sessions', q),
      end: (id: S.Id) => del(`/sessions/${id}`),
      notices: () => get<M.NoticeWishesView>('/mail-notices'),
      setNotices: (w: M.NoticeWishes) => c.call<M.NoticeWishesView>('PUT', '/mail-notices', { body: w }),
      password: (current: string, next: string) => post<void>('/password', { current, new: next }),
      secondStep: () => get<S.SecondStep>('/second-step'),
      beginSecondStep: (password: string) => post<S.Enrolment>('/second-step', { password }),
      confirmSecondStep: (code: string) => post<S.RecoveryCodes>('/second-step/confirmation', { code }),
      renewRecoveryCodes: (password: string, code: string) => post<S.RecoveryCodes>('/second-step/recovery-codes', { password, code }),
      endSecondStep: (password: string, code: string) => post<void>('/second-step/end', { password, code }),
    },
    people: {
      teams: () => get<P<S.Team>>('/teams'),
      addTeam: (t: { name: string; agents: S.Id[] }) => post<S.Team>('/teams', t),
      saveTeam: (id: S.Id, t: Partial<S.Team>, o: Opt) => patch<S.Team>(`/teams/${id}`, t, o),
      desk: () => get<S.OwnDesk>('/desk'),
      saveDesk: (d: Partial<Omit<S.OwnDesk, 'revision'>>, o: Opt) => patch<S.OwnDesk>('/desk', d, o),
      walls: () => get<P<S.Wall>>('/walls'),
      addWall: (w: { name: string; agents: S.Id[]; teams: S.Id[] }) => post<S.Wall>('/walls', w),
      saveWall: (id: S.Id, w: { name?: string; agents?: S.Id[]; teams?: S.Id[] }, o: Opt) => patch<S.Wall>(`/walls/${id}`, w, o),
      agents: (q: { limit?: number; after?: string }, o: Opt = {}) => get<P<S.Agent>>('/agents', q, o),
      saveAgent: (id: S.Id, a: { roles?: string[]; teams?: S.Id[]; state?: S.Agent['state'] }, o: Opt) =>
        patch<S.Agent>(`/agents/${id}`, a, o),
      signInPolicies: () => get<P<S.SignInPolicy>>('/sign-in-policies'),
      saveSignInPolicy: (role: string | null, p: S.SignInPolicyPatch, o: Opt) =>
        patch<S.SignInPolicy>(role === null ? '/sign-in-policies' : `/sign-in-policies/${role}`, p, o),
      roles: () => get<P<S.Role>>('/roles'),
      saveRole: (key: string, r: { name?: string; rights?: string[] }, o: Opt) => patch<S.Role>(`/roles/${key}`, r, o),
      invitations: (q: At = {}) => get<P<S.Invitation>>('/invitations', q),
      invite: (i: { email: string; name?: string; roles: string[]; teams: S.Id[] }) => post<S.Invitation>('/invitations', i),
      withdraw: (id: S.Id) => del(`/invitations/${id}`),
      look: (token: string) => post<S.InvitationLook>('/invitations/look', { token }, { anonymous: true }),
      accept: (token: string, name: string, password: string, code?: string) =>
        post<S.SessionView>('/invitations/accept', { token, name, password, code }, { anonymous: true }),
      tokens: (q: At = {}) => get<P<S.ApiToken>>('/tokens', q),
      addToken: (t: { name: string; rights?: string[]; expires_at: string | null }) => post<S.ApiToken>('/tokens', t),
      revoke: (id: S.Id) => del(`/tokens/${id}`),
    },
    contacts: {
      list: (q: { q?: string; after?: string; limit?: number }, o: Opt = {}) => get<P<S.Contact>>('/contacts', q, o),
      get: (id: S.Id) => get<S.Contact>(`/contacts/${id}`),
      save: (id: S.Id, body: object, o: Opt) => patch<S.Contact>(`/contacts/${id}`, body, o),
      tickets: (id: S.Id, q: At) => get<P<S.TicketLine>>(`/contacts/${id}/tickets`, q),
      wish: (id: S.Id) => get<M.LetterWish>(`/contacts/${id}/letter-wish`),
      setWish: (id: S.Id, quote: S.Quote | null, o: Opt) =>
        c.call<M.LetterWish>('PUT', `/contacts/${id}/letter-wish`, { body: { quote }, ...o }),
      organization: (id: S.Id) => get<S.Organization>(`/organizations/${id}`),
      organizations: (q: At & { q?: string }, o: Opt = {}) => get<P<S.Organization>>('/organizations', q, o),
    },
    fields: {
      list: () => get<P<S.TicketField>>('/ticket-fields'),
      add: (f: Partial<S.FieldShape> & { key?: string; holds: S.Holds }) => post<S.TicketField>('/ticket-fields', f),
      save: (id: S.Id, f: S.FieldShape, o: Opt) => c.call<S.TicketField>('PUT', `/ticket-fields/${id}`, { body: f, ...o }),
      order: (fields: S.Id[]) => c.call<P<S.TicketField>>('PUT', '/ticket-fields/order', { body: { fields } }),
      unfilled: () => get<P<S.Unfilled>>('/ticket-fields/unfilled'),
      applying: (d: S.FieldDraft, o: Opt = {}) => post<{ applying: string[] }>('/ticket-fields/applying', d, o),
      eras: () => get<P<S.Era>>('/eras'),
    },
    tickets: {
      search: (q: string, limit: number, o: Opt = {}) => get<S.Hits>('/search', { q, limit }, o),
      list: (q: S.TicketQuery, o: Opt = {}) => get<P<S.TicketLine>>('/tickets', q, o),
      get: (id: S.Id, o: Opt = {}) => get<S.TicketView>(`/tickets/${id}`, undefined, o),
      withMessages: (id: S.Id, o: Opt = {}) => get<S.TicketView>(`/tickets/${id}`, { include: 'messages' }, o),
      add: (t: S.NewTicket, o: Opt = {}) => post<S.TicketView>('/tickets', t, o),
      change: (id: S.Id, p: S.TicketPatch, o: Opt = {}) => patch<S.TicketView>(`/tickets/${id}`, p, o),
      reply: (id: S.Id, m: S.NewMessage, o: Opt = {}) => post<S.Message>(`/tickets/${id}/replies`, m, o),
      forward: (id: S.Id, m: Omit<S.NewMessage, 'cc'>, o: Opt = {}) => post<S.Message>(`/tickets/${id}/forwards`, m, o),
      note: (id: S.Id, m: { text: string; attachments?: S.Id[] }, o: Opt = {}) => post<S.Message>(`/tickets/${id}/notes`, m, o),
      timeline: (id: S.Id, q: { order?: 'asc' | 'desc'; after?: string; limit?: number }, o: Opt = {}) =>
        get<P<S.TimelineItem>>(`/tickets/${id}/timeline`, q, o),
      merge: (id: S.Id, m: { into: S.Id; readers: boolean }, o: Opt = {}) => post<S.TicketView>(`/tickets/${id}/merge`, m, o),
      unmerge: (id: S.Id) => c.call<S.TicketView>('DELETE', `/tickets/${id}/merge`),
      split: (id: S.Id, m: { message: S.Id; and_later: boolean; subject?: string; readers: boolean }, o: Opt = {}) =>
        post<S.TicketView>(`/tickets/${id}/split`, m, o),
      letterHeads: (id: S.Id) => get<P<M.LetterHead>>(`/tickets/${id}/letter-heads`),
      wayOut: (id: S.Id) => get<M.WayOut>(`/tickets/${id}/way-out`),
      firstWay: (team: S.Id | null) => get<M.FirstWayOut>('/way-out', { team: team ?? undefined }),
      counts: () => get<S.Counts>('/ticket-counts'),
      states: (type?: string) => get<P<S.TicketState>>('/ticket-states', { type }),
      addState: (s: S.StateShape & { key?: string; status: S.Status }) => post<S.TicketState>('/ticket-states', s),
      saveState: (id: S.Id, s: S.StateShape, o: Opt) => c.call<S.TicketState>('PUT', `/ticket-states/${id}`, { body: s, ...o }),
      admit: (message: S.Id) => post<void>(`/messages/${message}/admit`, {}),
      dismiss: (message: S.Id) => post<void>(`/messages/${message}/dismiss`, {}),
      resend: (message: S.Id) => post<void>(`/messages/${message}/resend`, {}),
      lostSigns: (text: string) => post<{ lost: S.LostSign[] }>('/lost-signs', { text }),
      withdraw: (message: S.Id) => post<void>(`/messages/${message}/withdraw`, {}),
      upload: (file: File, onProgress: (share: number) => void, signal?: AbortSignal) =>
        c.upload<S.Attachment>('/attachments', file, { name: file.name }, onProgress, signal),
      entries: (id: S.Id) => get<S.Archive>(`/attachments/${id}/entries`),
      hasFile: (id: S.Id) => c.leadsOn(`/attachments/${id}`),
    },
    mail: {
      mailboxes: () => get<P<M.Mailbox>>('/mailboxes'),
      mailbox: (id: S.Id) => get<M.Mailbox>(`/mailboxes/${id}`),
      add: (m: M.MailboxInput) => post<M.Mailbox>('/mailboxes', m),
      save: (id: S.Id, m: Partial<M.MailboxInput>, o: Opt) => patch<M.Mailbox>(`/mailboxes/${id}`, m, o),
      remove: (id: S.Id) => del(`/mailboxes/${id}`),
      test: (m: object) => post<M.MailboxTest>('/mailboxes/test', m),
      bodyReaders: (mailbox: S.Id) => get<P<M.BodyReader>>(`/mailboxes/${mailbox}/body-readers`),
      addBodyReader: (mailbox: S.Id, r: M.BodyReaderInput) => post<M.BodyReader>(`/mailboxes/${mailbox}/body-readers`, r),
      saveBodyReader: (r: M.BodyReader, next: Partial<M.BodyReaderInput>) =>
        patch<M.BodyReader>(`/mailboxes/${r.mailbox}/body-readers/${r.id}`, next, { ifMatch: r.revision }),
      removeBodyReader: (r: M.BodyReader) => del(`/mailboxes/${r.mailbox}/body-readers/${r.id}`),
      previewBody: (mailbox: S.Id, sample: M.BodyPreviewInput) => post<M.BodyPreview>(`/mailboxes/${mailbox}/body-readers/preview`, sample),
      /** Where a ticket's letters can be fetched as a file. */
      lettersUrl: (ticket: S.Id, format: 'mbox' | 'zip', notes: boolean) =>
        `${c.base}/tickets/${ticket}/letters?format=${format}${notes ? '&notes=true' : ''}`,
      letters: (q: At & { mailbox?: S.Id; state?: string; reason?: string }) => get<P<M.Letter>>('/letters', q),
      retry: (id: S.Id) => post<void>(`/letters/${id}/retry`, {}),
      styles: () => get<P<M.LetterStyleView>>('/letter-styles'),
      saveStyle: (team: S.Id | null, s: M.LetterStyle, o: Opt) =>
        c.call<M.LetterStyleView>('PUT', team === null ? '/letter-style' : `/teams/${team}/letter-style`, { body: s, ...o }),
      applications: () => get<P<O.OauthApplication>>('/oauth-applications'),
      addApplication: (a: O.OauthApplicationInput) => post<O.OauthApplication>('/oauth-applications', a),
      saveApplication: (id: S.Id, a: O.OauthApplicationInput, o: Opt) => patch<O.OauthApplication>(`/oauth-applications/${id}`, a, o),
      dropApplication: (id: S.Id, o: Opt) => c.call<void>('DELETE', `/oauth-applications/${id}`, o),
      oauthCallback: () => get<{ redirect_uri: string }>('/oauth-callback'),
      beginConsent: (mailbox: S.Id) => post<{ url: string }>(`/mailboxes/${mailbox}/consent`, {}),
      finishConsent: (came: O.ConsentInput) => post<M.Mailbox>('/consents', came),
      dkimKeys: () => get<P<M.DkimKey>>('/dkim-keys'),
      addDkimKey: (k: { domain: string; selector: string }) => post<M.DkimKey>('/dkim-keys', k),
      saveDkimKey: (id: S.Id, k: { active: boolean }, o: Opt) => patch<M.DkimKey>(`/dkim-keys/${id}`, k, o),
      dropDkimKey: (id: S.Id, o: Opt) => c.call<void>('DELETE', `/dkim-keys/${id}`, o),
      dnsRecords: (mailbox: S.Id) => get<P<M.DnsRecord>>(`/mailboxes/${mailbox}/dns-records`),
      checkDns: (mailbox: S.Id) => get<P<M.DnsFinding>>(`/mailboxes/${mailbox}/dns-check`),
      dropStyle: (team: S.Id, o: Opt) => c.call<void>('DELETE', `/teams/${team}/letter-style`, o),
      letter: (id: S.Id) => get<M.LetterSource>(`/letters/${id}`),
      letterCounts: () => get<P<M.LetterCount>>('/letter-counts'),
      ofMessage: (message: S.Id) => get<M.LetterSource>(`/messages/${message}/letter`),
      delivery: (message: S.Id) => get<M.DeliveryLog>(`/messages/${message}/delivery`),
    },
    house: {
      deadLetters: (q: At = {}) => get<P<M.DeadLetter>>('/dead-letters', q),
      retry: (d: { listener: string; stream: M.StreamRef }) => post<void>('/dead-letters/retry', d),
      skip: (d: { listener: string; stream: M.StreamRef }) => post<void>('/dead-letters/skip', d),
      deadJobs: (q: At = {}) => get<P<M.DeadJob>>('/dead-jobs', q),
      retryJob: (id: number) => post<void>(`/dead-jobs/${id}/retry`),
      skipJob: (id: number) => post<void>(`/dead-jobs/${id}/skip`),
    },
  };
}
export type Operations = ReturnType<typeof operations>;

/** The first-run interface lies outside every tenant. */
export function setupOperations(c: Client) {
  return {
    needed: () => c.call<{ needed: boolean }>('GET', '/setup', { anonymous: true }),
    run: (b: { token: string; tenant_name: string; slug: string; name: string; email: string; password: string }) =>
      c.call<{ slug: string }>('POST', '/setup', { body: b, anonymous: true }),
  };
}
