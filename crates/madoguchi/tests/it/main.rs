//! The program from outside: its command line, and stories across domains.

mod access;
mod backup;
mod cli;
mod clients;
mod contract;
mod demo;
mod ending;
mod full_disk;
mod handed_in;
mod import_killed;
mod killed;
mod killed_by_mail;
mod letters;
mod live;
mod program;
mod refusals;
mod server;
mod tls;
mod two_nodes;
mod under_way;
mod walls;
