//! The second step of signing in: a code of six digits that only its owner's authenticator knows (TOTP, RFC 6238),
//! or one of those that were written down for the day on which it is lost. Pure.

use madoguchi_kernel::{
    Problem, Timestamp,
    problem::{Kind, Result},
};
use madoguchi_platform::secrets::{Secret, hash_word, random};
use totp_rs::{Algorithm, TOTP};
use unicode_normalization::UnicodeNormalization;

/// Seconds for which a code holds (RFC 6238, 5.2).
pub const STEP_SECONDS: u64 = 30;
/// Steps by which the clock of an authenticator may be early or late.
const DRIFT_STEPS: i64 = 1;
const DIGITS: usize = 6;
/// Bytes of a shared secret: as many as the hash has (RFC 4226, 4).
const SECRET_BYTES: usize = 20;
/// How many codes are written down.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of one: too many to be guessed from its hash.
const RECOVERY_BYTES: usize = 10;
/// Longest code that is looked at, in bytes.
const TYPED_BYTES_MAX: usize = 100;

/// The code is needed as well as the password.
pub const CODE_NEEDED: &str = "auth.code_needed";
/// The code is none that counts now.
pub const CODE_WRONG: &str = "auth.code_wrong";

/// The password is right, and a code is asked for.
pub fn code_needed() -> Problem {
    Problem::new(Kind::Unauthenticated, CODE_NEEDED)
}

/// The code is none that counts now: wrong, too old, or used before.
pub fn code_wrong() -> Problem {
    Problem::new(Kind::Unauthenticated, CODE_WRONG)
}

/// A fresh secret for an authenticator to share.
pub fn fresh_secret() -> Secret<Vec<u8>> {
    Secret::new(random::<SECRET_BYTES>().to_vec())
}

/// What shares its secret with an authenticator.
pub struct Authenticator {
    totp: TOTP,
}

impl Authenticator {
    /// Of that secret, under the names that its owner will see.
    pub fn new(secret: &Secret<Vec<u8>>, issuer: &str, account: &str) -> Result<Self> {
        // Between the two stands a colon in the address.
        let [issuer, account] = [issuer, account].map(|name| name.replace(':', " "));
        let secret = secret.reveal().clone();
        let totp = TOTP::new(Algorithm::SHA1, DIGITS, 1, STEP_SECONDS, secret, Some(issuer), account);
        Ok(Self { totp: totp.map_err(Problem::broken)? })
    }

    /// The secret in base32, for whoever types it.
    pub fn secret_text(&self) -> Secret<String> {
        Secret::new(self.totp.get_secret_base32())
    }

    /// The secret as an `otpauth` address, for whoever takes a picture of it.
    pub fn address(&self) -> Secret<String> {
        Secret::new(self.totp.get_url())
    }

    /// The step of time for which this is the code, if it is one of now and none that was used before.
    pub fn step_of(&self, code: &Code, now: Timestamp, used: i64) -> Option<i64> {
        let Code::OfTime(code) = code else { return None };
        let present = now.micros() / 1_000_000 / STEP_SECONDS.cast_signed();
        (present - DRIFT_STEPS..=present + DRIFT_STEPS).filter(|step| *step > used).find(|step| {
            let at = step.cast_unsigned() * STEP_SECONDS;
            subtle::ConstantTimeEq::ct_eq(self.totp.generate(at).as_bytes(), code.as_bytes()).into()
        })
    }
}

/// A code as somebody typed it, of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// Six digits of an authenticator.
    OfTime(String),
    /// One that was written down: what is kept of it.
    WrittenDown(Vec<u8>),
}

impl Code {
    /// Reads it: full width, gaps, hyphens and small letters are all the same.
    pub fn read(typed: &str) -> Result<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return Err(code_wrong());
        }
        let is_sign = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '‐' | '－' | 'ー' | '−');
        let code: String = typed.nfkc().filter(is_sign).flat_map(char::to_uppercase).collect();
        if code.len() == DIGITS && code.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self::OfTime(code));
        }
        Ok(Self::WrittenDown(hash_word(&code)))
    }
}

/// Fresh codes to write down, in groups of four signs: `ABCD-EFGH-IJKL-MNOP`.
pub fn recovery_codes() -> Vec<Secret<String>> {
    let one = || {
        let signs = totp_rs::Secret::Raw(random::<RECOVERY_BYTES>().to_vec()).to_encoded().to_string();
        let groups: Vec<String> =
            signs.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
        Secret::new(groups.join("-"))
    };
    std::iter::repeat_with(one).take(RECOVERY_CODES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits.
        let secret = Secret::new(b"12345678901234567890".to_vec());
        let authenticator = Authenticator::new(&secret, "Desk: one", "a@b.example").expect("sound");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let code = Code::read(code).expect("a code");
            assert_eq!(authenticator.step_of(&code, at(seconds), 0), Some(seconds / 30), "{seconds}");
        }
        assert!(authenticator.address().reveal().starts_with("otpauth://totp/Desk%20%20one:a%40b.example?secret="));
    }

    #[test]
    fn a_code_holds_for_one_step_around_and_once() {
        let secret = fresh_secret();
        let authenticator = Authenticator::new(&secret, "Desk", "a@b.example").expect("sound");
        let code = Code::read(&authenticator.totp.generate(3_000)).expect("a code");
        for (seconds, holds) in [(2_969, false), (2_970, true), (3_000, true), (3_059, true), (3_060, false)] {
            assert_eq!(authenticator.step_of(&code, at(seconds), 0).is_some(), holds, "{seconds}");
        }
        assert_eq!(authenticator.step_of(&code, at(3_000), 100), None);
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        for typed in ["123456", "123 456", "１２３４５６", " 123-456 "] {
            assert_eq!(Code::read(typed).expect("a code"), Code::OfTime("123456".to_owned()), "{typed}");
        }
        let codes = recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let code = codes[0].reveal();
        assert_eq!(code.len(), 19, "{code}");
        let (small, without) = (code.to_lowercase(), code.replace('-', ""));
        assert_eq!(Code::read(&small).expect("a code"), Code::read(&without).expect("a code"));
        assert!(Code::read(&"1".repeat(200)).is_err());
    }
}
