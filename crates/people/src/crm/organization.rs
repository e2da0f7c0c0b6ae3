//! An organization: the company that a contact belongs to, recognized by its domains. Pure.

use madoguchi_kernel::{Problem, problem::Result};

use crate::{OrganizationId, change::Changes};

/// Domains of one organization.
pub const DOMAINS_MAX: usize = 50;
/// The longest domain (RFC 1035), in characters.
const DOMAIN_CHARACTERS_MAX: usize = 253;

/// Where anybody can have an address: free mail, telephone companies, providers at home. Such a domain, or
/// one under it, says nothing about where somebody works.
const SHARED_DOMAINS: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "aol.jp",
    "asahi-net.or.jp",
    "au.com",
    "biglobe.ne.jp",
    "commufa.jp",
    "dion.ne.jp",
    "disney.ne.jp",
    "docomo.ne.jp",
    "emobile.ne.jp",
    "eonet.ne.jp",
    "excite.co.jp",
    "ezweb.ne.jp",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "goo.jp",
    "googlemail.com",
    "hotmail.co.jp",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "infoseek.jp",
    "jcom.home.ne.jp",
    "jcom.zaq.ne.jp",
    "ktf.com",
    "live.com",
    "live.jp",
    "livedoor.com",
    "mac.com",
    "mail.goo.ne.jp",
    "mail.ru",
    "me.com",
    "mineo.jp",
    "msn.com",
    "naver.com",
    "nifty.com",
    "nifty.ne.jp",
    "ocn.ne.jp",
    "outlook.com",
    "outlook.jp",
    "pdx.ne.jp",
    "plala.or.jp",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rakumail.jp",
    "rakuten.jp",
    "sina.com",
    "so-net.ne.jp",
    "softbank.jp",
    "softbank.ne.jp",
    "t-com.ne.jp",
    "uqmobile.jp",
    "vodafone.ne.jp",
    "web.de",
    "willcom.com",
    "yahoo.co.jp",
    "yahoo.com",
    "yahoo.ne.jp",
    "yandex.com",
    "yandex.ru",
    "ybb.ne.jp",
    "ymail.com",
    "ymail.ne.jp",
    "ymobile.ne.jp",
    "zoho.com",
];

/// The domain of an organization, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain(String);

impl Domain {
    /// As kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// As it was kept.
    pub(super) fn kept(domain: String) -> Self {
        Self(domain)
    }
    /// The domain of an organization. One where anybody can have an address is refused.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim().trim_start_matches('@').to_lowercase();
        let odd = |c: char| c.is_whitespace() || c.is_control() || "@/:<>,;\"()[]\\".contains(c);
        let sound = text.contains('.')
            && !text.starts_with('.')
            && !text.ends_with('.')
            && !text.contains("..")
            && text.chars().count() <= DOMAIN_CHARACTERS_MAX
            && !text.contains(odd);
        if !sound {
            return Err(Problem::field("domains", "domain"));
        }
        if is_shared(&text) {
            return Err(Problem::field("domains", "domain_shared"));
        }
        Ok(Self(text))
    }
}

fn is_shared(domain: &str) -> bool {
    let mut under = Some(domain);
    while let Some(name) = under {
        if SHARED_DOMAINS.contains(&name) {
            return true;
        }
        under = name.split_once('.').map(|(_, rest)| rest);
    }
    false
}

/// The company that a contact belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Whose addresses end in one of these belongs to it.
    pub domains: Vec<Domain>,
    /// How many facts there are.
    pub revision: i64,
}

/// What is different: an organization is no person, so its name may stand in the fact.
pub fn changes(before: Option<(&str, &[Domain])>, after: (&str, &[Domain])) -> Changes {
    let mut changes = Changes::new();
    let words = |domains: &[Domain]| domains.iter().map(|domain| domain.0.clone()).collect::<Vec<_>>();
    changes.note("name", &before.map(|(name, _)| name), &Some(after.0));
    changes.note("domains", &before.map(|(_, domains)| words(domains)).unwrap_or_default(), &words(after.1));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_company_of_its_own_has_a_domain() {
        assert_eq!(Domain::parse("@Sample.CO.JP").expect("a domain").as_str(), "sample.co.jp");
        for shared in ["gmail.com", "docomo.ne.jp", "abc.ocn.ne.jp"] {
            let problem = Domain::parse(shared).expect_err(shared);
            assert_eq!(problem.fields[0].code, "domain_shared");
        }
        assert!(Domain::parse("notgmail.com").is_ok(), "only whole labels count");
        for wrong in ["", "jp", ".jp", "a..jp", "a b.jp", "http://a.jp"] {
            assert!(Domain::parse(wrong).is_err(), "{wrong}");
        }
    }
}
