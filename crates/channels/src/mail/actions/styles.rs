//! Somebody says how letters look.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_people::{
    TeamId,
    change::{Change, Changes, require_seen},
    staff,
};
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::mail::{
    facts::MailFact,
    rights::ChangeMailboxes,
    store::styles::{self, KeptStyle},
    style::LetterStyle,
};

/// Sets the style of a team's letters, or the desk's; the revision that it has now.
pub async fn set_style(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    team: Option<TeamId>,
    seen: Option<i64>,
    style: &LetterStyle,
) -> Result<i64> {
    let tenant = may.tenant();
    if let Some(team) = team
        && !staff::views::team_exists(tx, tenant, team).await?
    {
        return Err(Problem::not_found());
    }
    let before = styles::find(tx, tenant, team).await?;
    require_seen(seen, before.as_ref().map_or(0, |before| before.revision))?;
    let usual = LetterStyle::default();
    let changes = changes(before.as_ref().map_or(&usual, |before| &before.style.0), style);
    let (id, revision) = match &before {
        Some(before) if changes.is_empty() => return Ok(before.revision),
        Some(before) => {
            styles::save(tx, tenant, before, style).await?;
            (before.id, before.revision + 1)
        }
        None => (styles::add(tx, tenant, team, style).await?, 1),
    };
    let team = team.map(TeamId::number);
    tell(tx, may.by(), revision, &MailFact::StyleChanged { style: id, team, changes }).await?;
    Ok(revision)
}

/// Takes a team's own style away: its letters look like the desk's again.
pub async fn drop_style(tx: &Tx<'_>, may: &May<ChangeMailboxes>, team: TeamId, seen: Option<i64>) -> Result<()> {
    let tenant = may.tenant();
    let before: KeptStyle = styles::find(tx, tenant, Some(team)).await?.ok_or_else(Problem::not_found)?;
    require_seen(seen, before.revision)?;
    styles::remove(tx, tenant, &before).await?;
    let fact = MailFact::StyleDropped { style: before.id, team: team.number() };
    tell(tx, may.by(), before.revision + 1, &fact).await
}

fn changes(before: &LetterStyle, after: &LetterStyle) -> Vec<Change> {
    let mut changes = Changes::new();
    changes.note("salutation", &before.salutation, &after.salutation);
    changes.note("quote", &before.quote, &after.quote);
    changes.note("acknowledgement", &before.acknowledgement, &after.acknowledgement);
    changes.note("iso_2022_jp", &before.iso_2022_jp, &after.iso_2022_jp);
    changes.note("hours", &before.hours, &after.hours);
    changes.note("ja", &before.ja, &after.ja);
    changes.note("en", &before.en, &after.en);
    changes.into_parts().0
}
