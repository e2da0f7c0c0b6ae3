//! Who may come in, from where and for how long: a rule of the desk for everybody, and of each role for those who have
//! it. Pure.

use std::{net::IpAddr, time::Duration};

use madoguchi_kernel::{
    Id, Problem,
    problem::{Check, Kind},
};
use madoguchi_platform::network::Network;

use super::session::{AGE_MAX, IDLE_MAX};

/// Marks ids of policies.
pub enum PolicyKind {}
/// The id of a policy.
pub type PolicyId = Id<PolicyKind>;

/// The shortest time without use after which a session may be told to end.
pub const IDLE_MIN: Duration = Duration::from_secs(5 * 60);
/// The shortest life that a session may be given.
pub const AGE_MIN: Duration = Duration::from_secs(3600);
/// Networks of one policy.
pub const NETWORKS_MAX: usize = 100;

/// What is asked of whoever comes in. A policy that says nothing asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether a second step is demanded.
    pub second_step: bool,
    /// A session that was not used for so long ends.
    pub idle: Option<Duration>,
    /// A session that is so old ends.
    pub age: Option<Duration>,
    /// Where they may be; without any, everywhere.
    pub networks: Vec<Network>,
}

impl Policy {
    /// Notes what is out of bounds.
    pub fn check(&self, check: &mut Check) {
        let within = |span: Option<Duration>, least, most| span.is_none_or(|span| (least..=most).contains(&span));
        check.require(within(self.idle, IDLE_MIN, IDLE_MAX), "idle_minutes", "idle_range");
        check.require(within(self.age, AGE_MIN, AGE_MAX), "age_hours", "age_range");
        check.require(self.networks.len() <= NETWORKS_MAX, "networks", "too_many");
    }
    /// Whether somebody there may come in.
    pub fn admits(&self, place: IpAddr) -> bool {
        self.networks.is_empty() || self.networks.iter().any(|network| network.has(place))
    }
}

/// What all policies that concern somebody ask for together: always the strictest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether a second step is demanded.
    pub second_step: bool,
    /// A session that was not used for so long has ended.
    pub idle: Duration,
    /// A session that is so old has ended.
    pub age: Duration,
    policies: Vec<Policy>,
}

impl Terms {
    /// Of these policies.
    pub fn of(policies: Vec<Policy>) -> Self {
        Self {
            second_step: policies.iter().any(|policy| policy.second_step),
            idle: policies.iter().filter_map(|policy| policy.idle).fold(IDLE_MAX, Duration::min),
            age: policies.iter().filter_map(|policy| policy.age).fold(AGE_MAX, Duration::min),
            policies: policies.into_iter().filter(|policy| !policy.networks.is_empty()).collect(),
        }
    }
    /// Whether somebody there may come in: every policy has to admit them.
    pub fn admits(&self, place: IpAddr) -> bool {
        self.policies.iter().all(|policy| policy.admits(place))
    }
    /// Refuses whoever is where they may not be.
    pub fn require_place(&self, place: IpAddr) -> Result<(), Problem> {
        if self.admits(place) { Ok(()) } else { Err(place_refused(place)) }
    }
}

/// They may not come in from where they are.
pub fn place_refused(place: IpAddr) -> Problem {
    Problem::new(Kind::Denied, "auth.place_refused").with("address", place.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(list: &[&str]) -> Policy {
        Policy { networks: list.iter().map(|text| text.parse().expect("a network")).collect(), ..Policy::default() }
    }

    #[test]
    fn the_strictest_of_all_policies_counts() {
        let none = Terms::of(Vec::new());
        assert_eq!((none.second_step, none.idle, none.age), (false, IDLE_MAX, AGE_MAX));
        let desk = Policy { idle: Some(Duration::from_secs(3600)), ..Policy::default() };
        let idle = Some(Duration::from_secs(900));
        let role = Policy { second_step: true, idle, age: Some(AGE_MIN), ..Policy::default() };
        let terms = Terms::of(vec![desk, role]);
        assert_eq!((terms.second_step, Some(terms.idle), terms.age), (true, idle, AGE_MIN));
    }

    #[test]
    fn every_policy_has_to_admit_the_place() {
        let terms = |lists: &[&[&str]]| Terms::of(lists.iter().map(|list| networks(list)).collect());
        for (lists, place, expected) in [
            (&[][..], "203.0.113.9", true),
            (&[&[][..]], "203.0.113.9", true),
            (&[&["203.0.113.0/24"]], "203.0.113.9", true),
            (&[&["203.0.113.0/24"]], "::ffff:203.0.113.9", true),
            (&[&["203.0.113.0/24"]], "198.51.100.1", false),
            (&[&["198.51.100.0/24", "2001:db8::/32"]], "2001:db8::7", true),
            (&[&["203.0.113.0/24"], &["203.0.113.9"]], "203.0.113.9", true),
            (&[&["203.0.113.0/24"], &["203.0.113.9"]], "203.0.113.8", false),
            (&[&["203.0.113.0/24"], &[]], "203.0.113.8", true),
        ] {
            let terms = terms(lists);
            assert_eq!(terms.admits(place.parse().expect("an address")), expected, "{lists:?} {place}");
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_said_at_its_field() {
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        for (idle, age, wrong) in [
            (minutes(5), minutes(60), vec![]),
            (minutes(4), None, vec!["idle_minutes"]),
            (minutes(721), minutes(59), vec!["idle_minutes", "age_hours"]),
            (None, minutes(30 * 24 * 60 + 1), vec!["age_hours"]),
        ] {
            let mut check = Check::new();
            Policy { idle, age, ..Policy::default() }.check(&mut check);
            let fields = check.done().map_or_else(|problem| problem.fields, |()| Vec::new());
            assert_eq!(fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), wrong);
        }
    }
}
