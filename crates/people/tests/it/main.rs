//! Stories of people, on both engines, through the actions and through the router.

mod contacts;
mod desk;
mod desks;
mod doors;
mod passkeys;
mod policies;
mod second_step;
mod staff;
