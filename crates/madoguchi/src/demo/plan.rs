//! Who writes what, and when. The same plan each time: no dice, only remainders.

use std::time::Duration;

use madoguchi_kernel::{EmailAddress, Language, Timestamp};

use super::{Does, Matter, Person, Sample, TICKETS};

/// One step of the fortnight.
pub(super) struct Step {
    pub at: Timestamp,
    /// Which ticket, by number.
    pub ticket: usize,
    pub what: What,
}

/// What happens.
pub(super) enum What {
    /// A customer writes.
    Writes { name: String, email: EmailAddress, subject: String, text: String },
    /// An agent does something.
    Agent { by: usize, does: Does },
}

/// How far a ticket gets.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Reach {
    Untouched,
    Sorted,
    Noted,
    Answered,
    Thanked,
    Solved,
}

/// All steps between two moments, in their order.
pub(super) fn plan(sample: &Sample, from: Timestamp, until: Timestamp) -> Vec<Step> {
    let apart = until.since(from) / u32::try_from(TICKETS).expect("few");
    let mut steps: Vec<Step> = (0..TICKETS)
        .flat_map(|number| {
            let begins = from.after(apart * u32::try_from(number).expect("few"));
            ticket(sample, number, begins, until)
        })
        .filter(|step| step.at < until)
        .collect();
    steps.sort_by_key(|step| (step.at, step.ticket));
    steps
}

fn ticket(sample: &Sample, number: usize, begins: Timestamp, until: Timestamp) -> Vec<Step> {
    // Every fifth matter comes from abroad.
    let language = if number % 5 == 3 { Language::En } else { Language::Ja };
    let person = nth(&sample.people, number * 7 + number / 11, |person: &Person| person.language == language);
    let matter = nth(&sample.matters, number * 5 + number / 16, |matter: &Matter| matter.language == language);
    let detail = (1000 + number * 37 % 9000).to_string();
    let fill = |text: &str| text.replace("{n}", &detail);
    let minutes = |count: usize| Duration::from_secs(count as u64 * 60);
    let mut steps = Vec::new();
    let mut push = |at, what| steps.push(Step { at, ticket: number, what });
    let writes = |text: String| What::Writes {
        name: person.name.clone(),
        email: person.email.clone(),
        subject: fill(&matter.subject),
        text: letter(language, person, &text),
    };
    let reach = reach(number, until.since(begins));
    push(begins, writes(fill(&matter.text)));
    // The lead of a team sorts its queue; those who answer are its other people, turn by turn.
    let by = [[0, 1], [2, 0], [3, 3]][matter.team][number % 2];
    let agent = |does| What::Agent { by, does };
    let mut at = begins.after(minutes(6 + number % 40));
    if reach >= Reach::Sorted {
        let assignee = (reach > Reach::Sorted || number.is_multiple_of(3)).then_some(by);
        let Matter { team, ticket_type, priority, ref tags, .. } = *matter;
        push(at, agent(Does::Sorts { team, assignee, ticket_type, priority, tags: tags.clone() }));
    }
    if reach >= Reach::Noted
        && let Some(note) = &matter.note
    {
        at = at.after(minutes(9 + number % 25));
        push(at, agent(Does::Notes(note.clone())));
    }
    if reach >= Reach::Answered {
        at = at.after(minutes(15 + number % 90));
        let state = if number % 13 == 5 { "on_hold" } else { "pending" };
        push(at, agent(Does::Replies { text: answer(language, person, &matter.reply), state }));
    }
    if reach >= Reach::Thanked
        && let Some(thanks) = &matter.thanks
    {
        at = at.after(minutes(60 + number % 300));
        push(at, writes(thanks.clone()));
    }
    if reach >= Reach::Solved {
        push(at.after(minutes(12 + number % 60)), agent(Does::Sets("solved")));
    }
    steps
}

/// Old tickets are done, fresh ones untouched, with a few of each everywhere.
fn reach(number: usize, age: Duration) -> Reach {
    let hours = age.as_secs() / 3600;
    match (hours, number % 10) {
        (0..=5, 0..=6) => Reach::Untouched,
        (0..=5, _) => Reach::Sorted,
        (6..=30, 0..=2) => Reach::Sorted,
        (6..=30, 3..=4) => Reach::Noted,
        (6..=30, 5..=7) => Reach::Answered,
        (_, 0) => Reach::Answered,
        (_, 1) => Reach::Thanked,
        (31..=120, 2) => Reach::Noted,
        _ => Reach::Solved,
    }
}

fn nth<T>(all: &[T], number: usize, fits: impl Fn(&T) -> bool) -> &T {
    let fitting: Vec<&T> = all.iter().filter(|each| fits(each)).collect();
    fitting[number % fitting.len()]
}

fn letter(language: Language, person: &Person, text: &str) -> String {
    let name = &person.name;
    match language {
        Language::Ja => format!("お世話になっております。{name}です。\n\n{text}\n\nよろしくお願いいたします。"),
        Language::En => format!("Hello,\n\n{text}\n\nKind regards,\n{name}"),
    }
}

fn answer(language: Language, person: &Person, text: &str) -> String {
    let name = &person.name;
    match language {
        Language::Ja => {
            let family = name.split(' ').next().unwrap_or(name);
            format!("{family}様\n\nお問い合わせありがとうございます。\n{text}\n\n今後ともよろしくお願いいたします。")
        }
        Language::En => {
            let first = name.split(' ').next().unwrap_or(name);
            format!("Hello {first},\n\n{text}\n\nBest regards")
        }
    }
}
