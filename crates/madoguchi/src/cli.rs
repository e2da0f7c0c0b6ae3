//! The command line: its verbs, and clap's own words in the reader's language.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{
    Arg, ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};
use madoguchi_kernel::{Language, Word};
use madoguchi_platform::words;

/// What was asked for.
#[derive(Debug, Parser)]
#[command(name = "madoguchi", version, disable_help_flag = true, disable_help_subcommand = true)]
#[command(disable_version_flag = true, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Every verb has a file of this name below `verbs`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Serve {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        listening: Listening,
    },
    Demo {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        listening: Listening,
    },
    Setup {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        desk: Desk,
        #[arg(long)]
        password_stdin: bool,
        #[arg(long)]
        print_token: bool,
    },
    Password {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "ADDR")]
        email: String,
        #[arg(long)]
        password_stdin: bool,
    },
    SecondStep {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "ADDR")]
        email: String,
        #[arg(long, required = true)]
        end: bool,
    },
    SignInPolicy {
        #[command(flatten)]
        place: Place,
        #[arg(long = "tenant", value_name = "SLUG")]
        desk: String,
        #[arg(long, required = true)]
        reset: bool,
    },
    Migrate {
        #[command(flatten)]
        place: Place,
    },
    Doctor {
        #[command(flatten)]
        place: Place,
    },
    Backup {
        #[command(subcommand)]
        verb: BackupVerb,
    },
    Search {
        #[command(subcommand)]
        verb: SearchVerb,
    },
    Config {
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    Mail {
        #[command(subcommand)]
        verb: MailVerb,
    },
    Import {
        #[command(subcommand)]
        verb: ImportVerb,
    },
    Export {
        #[command(subcommand)]
        verb: ExportVerb,
    },
    Openapi,
    Help {
        of: Vec<String>,
    },
}

/// What can be done with a backup.
#[derive(Debug, Subcommand)]
pub enum BackupVerb {
    Create {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        #[arg(long)]
        with_root_key: bool,
    },
    Verify {
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    Restore {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    Release {
        #[command(flatten)]
        place: Place,
    },
}

/// What can be done with settings.
#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    Check {
        #[command(flatten)]
        place: Place,
    },
    Reference {
        #[arg(long, value_name = "ja|en", value_parser = language_word, hide_possible_values = true)]
        language: Option<Language>,
    },
}

/// What can be done with search, without a server.
#[derive(Debug, Subcommand)]
pub enum SearchVerb {
    Eval {
        #[arg(long, value_name = "docs.jsonl")]
        docs: PathBuf,
        #[arg(long, value_name = "queries.jsonl")]
        queries: PathBuf,
        #[arg(long, value_name = "qrels.tsv")]
        qrels: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

/// What can be done with mail, without a server.
#[derive(Debug, Subcommand)]
pub enum MailVerb {
    Show {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

/// What can be brought over from elsewhere.
#[derive(Debug, Subcommand)]
pub enum ImportVerb {
    Mail {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        what: ImportMail,
    },
}

/// Which letters, and into which mailbox.
#[derive(Debug, Args)]
pub struct ImportMail {
    #[arg(long = "tenant", value_name = "SLUG")]
    pub desk: String,
    #[arg(long, value_name = "ADDR")]
    pub mailbox: String,
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[arg(long)]
    pub dry_run: bool,
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    #[arg(long, value_name = "DAYS", default_value_t = 30, hide_default_value = true)]
    pub old_after: u32,
    #[arg(long, value_name = "closed|solved|open", default_value = "closed", hide_default_value = true, hide_possible_values = true, value_parser = ["closed", "solved", "open"])]
    pub old_tickets: String,
    #[arg(long)]
    pub all_folders: bool,
}

/// What can be taken along.
#[derive(Debug, Subcommand)]
pub enum ExportVerb {
    Mail {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        what: ExportMail,
    },
}

/// Which ticket's letters, and as what.
#[derive(Debug, Args)]
pub struct ExportMail {
    #[arg(long = "tenant", value_name = "SLUG")]
    pub desk: String,
    #[arg(long, value_name = "NUMBER")]
    pub ticket: u64,
    #[arg(long, value_name = "mbox|zip", default_value = "zip", hide_default_value = true, hide_possible_values = true, value_parser = ["mbox", "zip"])]
    pub format: String,
    #[arg(long)]
    pub notes: bool,
    #[arg(long = "to", value_name = "FILE")]
    pub out: PathBuf,
}

fn language_word(word: &str) -> Result<Language, String> {
    Language::from_word(word).ok_or_else(|| word.to_owned())
}

/// Where the settings and the data are.
#[derive(Debug, Default, Args)]
pub struct Place {
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// The server's own arguments.
#[derive(Debug, Default, Args)]
pub struct Listening {
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

/// A desk to be opened.
#[derive(Debug, Args)]
pub struct Desk {
    #[arg(long, value_name = "NAME")]
    pub tenant: String,
    #[arg(long, value_name = "SLUG")]
    pub slug: Option<String>,
    #[arg(long, value_name = "ADDR")]
    pub email: String,
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    #[arg(long = "language", value_name = "ja|en", value_parser = language_word, hide_possible_values = true)]
    pub desk_language: Option<Language>,
}

/// What to do, or what to print instead.
pub enum Asked {
    /// Do this.
    Do(Cli),
    /// Print this; whether it was asked for.
    Print { text: String, is_asked: bool },
}

/// The language of the terminal.
pub fn language(variable: impl Fn(&str) -> Option<String>) -> Language {
    // In this order POSIX asks them, and an empty one counts as unset.
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| variable(name).filter(|text| !text.is_empty()));
    match said {
        Some(locale) => Language::accepted(&locale).unwrap_or(Language::En),
        None => Language::default(),
    }
}

/// Reads the command line.
pub fn asked(language: Language, arguments: impl IntoIterator<Item = OsString>) -> Asked {
    let mut command = spoken(Cli::command(), language);
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(Cli { verb: Verb::Help { of } }) => Asked::Print { text: help_of(command, &of), is_asked: true },
        Ok(cli) => Asked::Do(cli),
        Err(error) => said(language, &error),
    }
}

fn help_of(mut command: Command, of: &[String]) -> String {
    for name in of {
        let Some(found) = command.find_subcommand(name) else { break };
        command = found.clone();
    }
    command.render_help().to_string()
}

fn said(language: Language, error: &clap::Error) -> Asked {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Asked::Print { text: error.render().to_string(), is_asked: true }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Asked::Print { text: error.render().to_string(), is_asked: false }
        }
        _ => Asked::Print { text: mistake(language, error), is_asked: false },
    }
}

/// clap's complaint in our words, with what was meant if that is clear.
fn mistake(language: Language, error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(all)) => all.join(", "),
        _ => String::new(),
    };
    let (argument, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
    let verb = context(ContextKind::InvalidSubcommand);
    let text = match error.kind() {
        ErrorKind::UnknownArgument => words::say(language, "cli.mistake.unknown", &[("argument", &argument)]),
        ErrorKind::InvalidSubcommand => words::say(language, "cli.mistake.verb", &[("verb", &verb)]),
        ErrorKind::MissingRequiredArgument => words::say(language, "cli.mistake.missing", &[("argument", &argument)]),
        ErrorKind::InvalidValue if value.is_empty() => {
            words::say(language, "cli.mistake.empty", &[("argument", &argument)])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            words::say(language, "cli.mistake.value", &[("argument", &argument), ("value", &value)])
        }
        ErrorKind::ArgumentConflict => words::say(language, "cli.mistake.twice", &[("argument", &argument)]),
        ErrorKind::MissingSubcommand => words::say(language, "cli.mistake.no_verb", &[]),
        _ => words::say(language, "cli.mistake.other", &[]),
    };
    let meant = [context(ContextKind::SuggestedArg), context(ContextKind::SuggestedSubcommand)].concat();
    let hint = if meant.is_empty() {
        words::say(language, "cli.mistake.help", &[])
    } else {
        words::say(language, "cli.mistake.meant", &[("meant", &meant)])
    };
    format!("{text}\n{hint}\n")
}

/// The command with all its texts in this language.
fn spoken(command: Command, language: Language) -> Command {
    let mut command = told(command, language, "madoguchi");
    // Building fills in what is global, so that usages can be rendered.
    command.build();
    usages(command, language)
}

fn told(command: Command, language: Language, key: &str) -> Command {
    let word = |key: &str| words::say(language, key, &[]);
    let template = format!(
        "{{about}}\n\n{}: {{usage}}\n\n{{all-args}}{{after-help}}\n",
        words::say(language, "cli.heading.usage", &[])
    );
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help(word("cli.argument.help"));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut command = command
        .about(word(&format!("cli.verb.{key}")))
        .help_template(template)
        .subcommand_help_heading(word("cli.heading.verbs"))
        .mut_args(|argument| {
            let name = argument.get_id().to_string();
            argument.help(word(&format!("cli.argument.{name}"))).help_heading(word("cli.heading.options"))
        })
        .arg(help.help_heading(word("cli.heading.options")));
    if key == "madoguchi" {
        let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
        let version = version.help(word("cli.argument.version")).help_heading(word("cli.heading.options"));
        command = command.arg(version).after_help(word("cli.after_help"));
    }
    for name in names {
        let key = if key == "madoguchi" { name.clone() } else { format!("{key}_{name}") };
        command = command.mut_subcommand(name, |sub| told(sub, language, &key));
    }
    command
}

/// clap writes `[OPTIONS]` and `<COMMAND>` into usages; they have names in our catalogs too.
fn usages(mut command: Command, language: Language) -> Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let options = format!("[{}]", words::say(language, "cli.heading.options", &[]));
    let verb = format!("<{}>", words::say(language, "cli.heading.verb", &[]));
    let usage = usage.replace("[OPTIONS]", &options).replace("<COMMAND>", &verb);
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    command = command.override_usage(usage);
    for name in names {
        command = command.mut_subcommand(name, |sub| usages(sub, language));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_and_argument_has_its_words() {
        for language in [Language::Ja, Language::En] {
            let mut command = spoken(Cli::command(), language);
            fn walk(command: &mut Command, language: Language) {
                let help = command.render_help().to_string();
                assert!(!help.contains("cli."), "{help}");
                if language == Language::Ja {
                    assert!(
                        !help.contains("Usage") && !help.contains("OPTIONS") && !help.contains("Commands"),
                        "{help}"
                    );
                }
                for sub in command.get_subcommands_mut() {
                    walk(sub, language);
                }
            }
            walk(&mut command, language);
        }
    }

    #[test]
    fn the_terminal_says_its_language() {
        let of = |pairs: &'static [(&str, &str)]| {
            language(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[("LANG", "ja_JP.UTF-8")]), Language::Ja);
        assert_eq!(of(&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "C")]), Language::En);
        assert_eq!(of(&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "")]), Language::Ja);
        assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), Language::En);
        assert_eq!(of(&[]), Language::Ja);
    }
}
