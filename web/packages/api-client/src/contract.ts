/**
 * Held against the generated document by the compiler: every field that the console reads stands in the server's shape,
 * and every field that it sends is one that the server takes. The server writes words where the console knows a few;
 * names are compared, not words.
 */
import type { components } from './gen/schema.ts';
import type * as M from './mail.ts';
import type * as O from './oauth.ts';
import type * as S from './schema.ts';

type Shapes = components['schemas'];
/** The console's fields that the server does not know; `never` when all is well. */
type Unknown<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs>;
type Agrees<T extends never> = T;

export type Contract = [
  Agrees<Unknown<S.TicketLine, Shapes['TicketLine']>>,
  Agrees<Unknown<S.Hits, Shapes['HitsView']>>,
  Agrees<Unknown<S.Hit, Shapes['HitView']>>,
  Agrees<Unknown<S.TicketView, Shapes['TicketView']>>,
  Agrees<Unknown<S.Message, Shapes['MessageView']>>,
  Agrees<Unknown<S.Delivery, Shapes['DeliveryView']>>,
  Agrees<Unknown<S.Recipient, Shapes['RecipientView']>>,
  Agrees<Unknown<S.NewMessage, Shapes['MessageInput']>>,
  Agrees<Unknown<S.Addressee, Shapes['AddresseeInput']>>,
  Agrees<Unknown<S.Attachment, Shapes['AttachmentView']>>,
  Agrees<Unknown<S.Counts, Shapes['CountsView']>>,
  Agrees<Unknown<S.NewTicket, Shapes['TicketInput']>>,
  Agrees<Unknown<S.TicketPatch, Shapes['TicketPatch']>>,
  Agrees<Unknown<S.SessionView, Shapes['SessionView']>>,
  Agrees<Unknown<S.Account, Shapes['AccountView']>>,
  Agrees<Unknown<S.SessionLine, Shapes['SessionLineView']>>,
  Agrees<Unknown<S.SecondStep, Shapes['SecondStepView']>>,
  Agrees<Unknown<S.Enrolment, Shapes['EnrolmentView']>>,
  Agrees<Unknown<S.Ceremony<unknown>, Shapes['CeremonyView']>>,
  Agrees<Unknown<S.Passkey, Shapes['PasskeyView']>>,
  Agrees<Unknown<S.RecoveryCodes, Shapes['RecoveryCodesView']>>,
  Agrees<Unknown<S.Preferences, Shapes['PreferencesPatch']>>,
  Agrees<Unknown<S.NewTicket['requester'], Shapes['RequesterInput']>>,
  Agrees<Unknown<S.Team, Shapes['TeamView']>>,
  Agrees<Unknown<S.Wall, Shapes['WallView']>>,
  Agrees<Unknown<S.TicketField, Shapes['TicketFieldView']>>,
  Agrees<Unknown<S.FieldShape, Shapes['FieldShape']>>,
  Agrees<Unknown<S.Unfilled, Shapes['UnfilledView']>>,
  Agrees<Unknown<S.FieldDraft, Shapes['TicketDraft']>>,
  Agrees<Unknown<S.Era, Shapes['EraView']>>,
  Agrees<Unknown<S.Agent, Shapes['AgentView']>>,
  Agrees<Unknown<S.SignInPolicy, Shapes['SignInPolicyView']>>,
  Agrees<Unknown<S.SignInPolicyPatch, Shapes['SignInPolicyPatch']>>,
  Agrees<Unknown<S.OwnDesk, Shapes['OwnDeskView']>>,
  Agrees<Unknown<S.OtherDesk, Shapes['DeskView']>>,
  Agrees<Unknown<S.Role, Shapes['RoleView']>>,
  Agrees<Unknown<S.Invitation, Shapes['InvitationView']>>,
  Agrees<Unknown<S.InvitationLook, Shapes['LookView']>>,
  Agrees<Unknown<S.ApiToken, Shapes['TokenView']>>,
  Agrees<Unknown<S.Contact, Shapes['ContactView']>>,
  Agrees<Unknown<S.Organization, Shapes['OrganizationView']>>,
  Agrees<Unknown<M.Mailbox, Shapes['MailboxView']>>,
  Agrees<Unknown<M.MailboxInput, Shapes['MailboxInput']>>,
  Agrees<Unknown<O.Consent, Shapes['ConsentView']>>,
  Agrees<Unknown<O.ConsentInput, Shapes['ConsentInput']>>,
  Agrees<Unknown<O.OauthApplication, Shapes['OauthApplicationView']>>,
  Agrees<Unknown<O.OauthApplicationInput, Shapes['OauthApplicationInput']>>,
  Agrees<Unknown<M.WayOut, Shapes['WayOutView']>>,
  Agrees<Unknown<M.NoticeWishesView, Shapes['NoticeWishesView']>>,
  Agrees<Unknown<M.NoticeWishes, Shapes['NoticeWishes']>>,
  Agrees<Unknown<M.LetterWish, Shapes['LetterWishView']>>,
  Agrees<Unknown<M.DnsRecord, Shapes['DnsRecord']>>,
  Agrees<Unknown<M.DnsFinding, Shapes['DnsFinding']>>,
  Agrees<Unknown<M.DkimKey, Shapes['DkimKeyView']>>,
  Agrees<Unknown<M.LetterStyle, Shapes['LetterStyle']>>,
  Agrees<Unknown<M.StyleTexts, Shapes['Texts']>>,
  Agrees<Unknown<M.LetterStyleView, Shapes['LetterStyleView']>>,
  Agrees<Unknown<M.BodyReader, Shapes['BodyReaderView']>>,
  Agrees<Unknown<M.BodyReaderInput, Shapes['BodyReaderInput']>>,
  Agrees<Unknown<M.BodyPreviewInput, Shapes['PreviewInput']>>,
  Agrees<Unknown<M.BodyPreview, Shapes['PreviewView']>>,
  Agrees<Unknown<M.FirstWayOut, Shapes['FirstWayOutView']>>,
  Agrees<Unknown<M.LetterHead, Shapes['LetterHeadView']>>,
  Agrees<Unknown<M.Letter, Shapes['LetterView']>>,
  Agrees<Unknown<M.DeadLetter, Shapes['DeadLetterView']>>,
  Agrees<Unknown<M.DeadJob, Shapes['DeadJobView']>>,
];
