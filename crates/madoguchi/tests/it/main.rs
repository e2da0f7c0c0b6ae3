//! The program from outside: its command line, and stories across domains.

mod backup;
mod cli;
mod program;
mod server;
mod under_way;
