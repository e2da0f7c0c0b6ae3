//! Marks of ours in other people's mail: the reply token in our address and the id of our letters. Pure.
//!
//! Both carry a keyed hash, so nobody can point a letter at a ticket that we did not write to them
//! about, or make us take an id of theirs for one of ours. They survive mailers that fold the case of
//! addresses.

use hmac::{Hmac, Mac};
use madoguchi_kernel::{Id, TenantId};
use madoguchi_people::AgentId;
use madoguchi_tickets::TicketId;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::letter::MessageId;

/// Bytes of the keyed hash that are sent along: 80 bits.
const MAC_BYTES: usize = 10;
/// Crockford's base32 in lower case: no `i`, `l`, `o`, `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Longest local part that the mail system carries (RFC 5321).
const LOCAL_PART_BYTES_MAX: usize = 64;

/// A tenant's key for marks. When a key is replaced, the old epoch still verifies for a while.
#[derive(Clone)]
pub struct MailKey {
    epoch: u32,
    secret: [u8; 32],
}

impl MailKey {
    /// The key of that epoch.
    pub fn new(epoch: u32, secret: [u8; 32]) -> MailKey {
        MailKey { epoch, secret }
    }

    fn mac(&self, purpose: &[u8], tenant: TenantId, numbers: &[i64]) -> [u8; MAC_BYTES] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(purpose);
        mac.update(&tenant.number().to_be_bytes());
        for number in numbers {
            mac.update(&number.to_be_bytes());
        }
        mac.update(&self.epoch.to_be_bytes());
        let whole = mac.finalize().into_bytes();
        let mut short = [0; MAC_BYTES];
        short.copy_from_slice(&whole[..MAC_BYTES]);
        short
    }
}

impl std::fmt::Debug for MailKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailKey").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// For whom a token was written; it is worth nothing in another's hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The requester and those in copy.
    Customer,
    /// One agent, who may answer the customer by mail.
    Agent(AgentId),
    /// One agent, who was told of what we say among ourselves: their answer is a note.
    Among(AgentId),
}

impl Audience {
    /// The agent for whom it was written, if it was one.
    pub fn agent(self) -> Option<AgentId> {
        match self {
            Self::Customer => None,
            Self::Agent(agent) | Self::Among(agent) => Some(agent),
        }
    }
}

/// What a verified token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplyToken {
    /// The ticket.
    pub ticket: TicketId,
    /// For whom it was written.
    pub audience: Audience,
}

/// Marks ids of outgoing letters.
pub enum Outgoing {}
/// One mail on its way out.
pub type OutgoingId = Id<Outgoing>;

/// What looking for a token in a letter's addresses found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No address carries one.
    Nothing,
    /// A token of ours for this tenant.
    Token(ReplyToken),
    /// Something that looks like a token and is none: forged, damaged or another tenant's.
    Forged,
}

impl ReplyToken {
    /// Our address with this token in it; `None` when the local part would become too long.
    pub fn address(&self, base: &str, key: &MailKey, tenant: TenantId) -> Option<String> {
        let (local, domain) = base.rsplit_once('@')?;
        let mac = encode(&self.mac(key, tenant));
        let ticket = encode_number(self.ticket.number());
        let local = match self.audience {
            Audience::Customer => format!("{local}+t.{ticket}.{mac}"),
            Audience::Agent(agent) => format!("{local}+a.{ticket}.{}.{mac}", encode_number(agent.number())),
            Audience::Among(agent) => format!("{local}+n.{ticket}.{}.{mac}", encode_number(agent.number())),
        };
        (local.len() <= LOCAL_PART_BYTES_MAX).then(|| format!("{local}@{domain}"))
    }

    fn mac(&self, key: &MailKey, tenant: TenantId) -> [u8; MAC_BYTES] {
        match self.audience {
            Audience::Customer => key.mac(b"reply/customer\0", tenant, &[self.ticket.number()]),
            Audience::Agent(agent) => key.mac(b"reply/agent\0", tenant, &[self.ticket.number(), agent.number()]),
            Audience::Among(agent) => key.mac(b"reply/among\0", tenant, &[self.ticket.number(), agent.number()]),
        }
    }

    /// Reads and verifies the token in one address.
    pub fn verify(address: &str, keys: &[MailKey], tenant: TenantId) -> Found {
        let Some((_, mark)) = split_token(address) else { return Found::Nothing };
        let pieces: Vec<&str> = mark.split('.').collect();
        let (ticket, audience, mac) = match pieces.as_slice() {
            ["t" | "T", ticket, mac] => (decode_id(ticket), Some(Audience::Customer), decode(mac)),
            ["a" | "A", ticket, agent, mac] => (decode_id(ticket), decode_id(agent).map(Audience::Agent), decode(mac)),
            ["n" | "N", ticket, agent, mac] => (decode_id(ticket), decode_id(agent).map(Audience::Among), decode(mac)),
            _ => return Found::Nothing,
        };
        let (Some(ticket), Some(audience), Some(mac)) = (ticket, audience, mac) else { return Found::Forged };
        let token = ReplyToken { ticket, audience };
        let genuine = keys.iter().fold(false, |genuine, key| genuine | same(&token.mac(key, tenant), &mac));
        if genuine { Found::Token(token) } else { Found::Forged }
    }

    /// The first genuine token in any of these addresses; a forged one only if there is no genuine one.
    pub fn find<'a>(addresses: impl IntoIterator<Item = &'a str>, keys: &[MailKey], tenant: TenantId) -> Found {
        let mut forged = false;
        for address in addresses {
            match ReplyToken::verify(address, keys, tenant) {
                Found::Token(token) => return Found::Token(token),
                Found::Forged => forged = true,
                Found::Nothing => {}
            }
        }
        if forged { Found::Forged } else { Found::Nothing }
    }
}

/// The address without a token, if it has one.
pub fn without_token(address: &str) -> String {
    match (split_token(address), address.rsplit_once('@')) {
        (Some((base, _)), Some((_, domain))) => format!("{base}@{domain}"),
        _ => address.to_owned(),
    }
}

/// The id of a notice to an agent, and the one under which an agent's mail program gathers all notices of a ticket:
/// `note.<number>.<hash>@<domain>`.
pub fn notice_id(numbers: &[i64], domain: &str, key: &MailKey, tenant: TenantId) -> Option<MessageId> {
    let mac = encode(&key.mac(b"notice-id\0", tenant, numbers));
    let first = numbers.first().copied().unwrap_or_default();
    MessageId::new(&format!("note.{}.{mac}@{domain}", encode_number(first)))
}

/// The id of an outgoing letter of ours: `out.<number>.<hash>@<domain>`.
pub fn message_id(outgoing: OutgoingId, domain: &str, key: &MailKey, tenant: TenantId) -> Option<MessageId> {
    let mac = encode(&key.mac(b"message-id\0", tenant, &[outgoing.number()]));
    MessageId::new(&format!("out.{}.{mac}@{domain}", encode_number(outgoing.number())))
}

/// The return path of one letter of ours (VERP): a bounce that names nothing else comes back to it. `None` when the local
/// part would become too long.
pub fn return_path(outgoing: OutgoingId, base: &str, key: &MailKey, tenant: TenantId) -> Option<String> {
    let (local, domain) = base.rsplit_once('@')?;
    let mac = encode(&key.mac(RETURN, tenant, &[outgoing.number()]));
    let local = format!("{local}+b.{}.{mac}", encode_number(outgoing.number()));
    (local.len() <= LOCAL_PART_BYTES_MAX).then(|| format!("{local}@{domain}"))
}

/// What the keyed hash of a return path is for.
const RETURN: &[u8] = b"return-path\0";

/// The letter of ours to whose return path something came: the first genuine one of these addresses.
pub fn returned<'a>(
    addresses: impl IntoIterator<Item = &'a str>,
    keys: &[MailKey],
    tenant: TenantId,
) -> Option<OutgoingId> {
    addresses.into_iter().find_map(|address| {
        let (_, mark) = split_token(address)?;
        let (outgoing, mac) = mark.strip_prefix(['b', 'B'])?.strip_prefix('.')?.split_once('.')?;
        let (outgoing, mac) = (decode_id::<Outgoing>(outgoing)?, decode(mac)?);
        let genuine = |key: &MailKey| same(&key.mac(RETURN, tenant, &[outgoing.number()]), &mac);
        keys.iter().fold(false, |found, key| found | genuine(key)).then_some(outgoing)
    })
}

/// `support+t.1.2@d` → (`support`, `t.1.2`).
fn split_token(address: &str) -> Option<(&str, &str)> {
    let (local, _) = address.rsplit_once('@')?;
    let (base, mark) = local.rsplit_once('+')?;
    let kind = mark.get(..2).map(str::to_ascii_lowercase);
    let marked = kind.is_some_and(|kind| matches!(kind.as_str(), "t." | "a." | "n." | "b."));
    marked.then_some((base, mark))
}

fn same(ours: &[u8; MAC_BYTES], theirs: &[u8]) -> bool {
    ours.as_slice().ct_eq(theirs).into()
}

fn encode(bytes: &[u8; MAC_BYTES]) -> String {
    let mut out = String::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            out.push(char::from(ALPHABET[((bits >> count) & 31) as usize]));
        }
        bits &= (1 << count) - 1;
    }
    out
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(MAC_BYTES);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for digit in text.bytes() {
        bits = (bits << 5) | digit_of(digit)?;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (out.len() == MAC_BYTES && text.len() == MAC_BYTES * 8 / 5).then_some(out)
}

fn encode_number(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.push(ALPHABET[(rest % 32) as usize]);
        rest /= 32;
        if rest == 0 {
            break;
        }
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

fn decode_id<Kind>(text: &str) -> Option<Id<Kind>> {
    decode_number(text).map(Id::new)
}

fn decode_number(text: &str) -> Option<i64> {
    let mut number = 0_i64;
    for digit in text.bytes() {
        number = number.checked_mul(32)?.checked_add(i64::from(digit_of(digit)?))?;
    }
    (!text.is_empty()).then_some(number)
}

fn digit_of(digit: u8) -> Option<u32> {
    let digit = digit.to_ascii_lowercase();
    ALPHABET.iter().position(|known| *known == digit).and_then(|at| u32::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(epoch: u32) -> MailKey {
        MailKey::new(epoch, [epoch as u8; 32])
    }

    const T: TenantId = TenantId::new(7);

    #[test]
    fn a_token_comes_back_in_either_case_and_after_a_change_of_keys() {
        let token = ReplyToken { ticket: TicketId::new(8_589_934_592_123), audience: Audience::Customer };
        let address = token.address("support@help.example.com", &key(1), T).unwrap();
        assert!(address.starts_with("support+t."));
        for seen in [address.clone(), address.to_uppercase()] {
            assert_eq!(ReplyToken::verify(&seen, &[key(2), key(1)], T), Found::Token(token));
        }
        assert_eq!(ReplyToken::verify(&address, &[key(2)], T), Found::Forged);
        assert_eq!(without_token(&address), "support@help.example.com");
    }

    #[test]
    fn a_token_is_bound_to_tenant_ticket_and_audience() {
        let agent = ReplyToken { ticket: TicketId::new(1), audience: Audience::Agent(AgentId::new(5)) };
        let address = agent.address("support@x.jp", &key(1), T).unwrap();
        assert_eq!(ReplyToken::verify(&address, &[key(1)], T), Found::Token(agent));
        assert_eq!(ReplyToken::verify(&address, &[key(1)], TenantId::new(8)), Found::Forged);
        assert_eq!(ReplyToken::verify(&address.replace(".5.", ".6."), &[key(1)], T), Found::Forged);
        assert_eq!(ReplyToken::verify(&address.replace("+a.1.", "+a.2."), &[key(1)], T), Found::Forged);
        let as_customer = address.replace("+a.1.5.", "+t.1.");
        assert_eq!(ReplyToken::verify(&as_customer, &[key(1)], T), Found::Forged);
    }

    #[test]
    fn what_is_no_token_is_nothing_and_a_genuine_one_beats_a_forged_one() {
        for address in ["support@x.jp", "a+tag@x.jp", "a+t@x.jp", "no-at", "t.1.2@x"] {
            assert_eq!(ReplyToken::verify(address, &[key(1)], T), Found::Nothing, "{address}");
        }
        let token = ReplyToken { ticket: TicketId::new(3), audience: Audience::Customer };
        let good = token.address("s@x.jp", &key(1), T).unwrap();
        assert_eq!(ReplyToken::find(["s+t.3.zzz@x.jp", &good], &[key(1)], T), Found::Token(token));
        assert_eq!(ReplyToken::find(["s+t.3.zzz@x.jp"], &[key(1)], T), Found::Forged);
        assert_eq!(token.address(&format!("{}@x.jp", "l".repeat(60)), &key(1), T), None);
    }

    #[test]
    fn our_message_ids_are_one_for_each_letter_and_tenant() {
        let of = |number, tenant| message_id(OutgoingId::new(number), "help.example.com", &key(1), tenant).unwrap();
        let id = of(123_456_789, T);
        assert!(id.as_str().starts_with("out.") && id.as_str().ends_with("@help.example.com"), "{}", id.as_str());
        assert_eq!(of(123_456_789, T).as_str(), id.as_str(), "the same however often it is sent");
        assert_ne!(of(123_456_790, T).as_str(), id.as_str());
        assert_ne!(of(123_456_789, TenantId::new(8)).as_str(), id.as_str());
    }

    proptest::proptest! {
        #[test]
        fn every_token_comes_back(ticket in 0_i64..(1 << 53), agent in proptest::option::of(0_i64..(1 << 40)), among: bool) {
            let of = if among { Audience::Among } else { Audience::Agent };
            let audience = agent.map_or(Audience::Customer, |agent| of(AgentId::new(agent)));
            let token = ReplyToken { ticket: TicketId::new(ticket), audience };
            let address = token.address("s@x.jp", &key(3), T).unwrap();
            proptest::prop_assert_eq!(ReplyToken::verify(&address, &[key(3)], T), Found::Token(token));
        }
    }
}
