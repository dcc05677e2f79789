//! The program itself is killed at moments that the server chooses. After each
//! kill the ledger and the server must agree on every letter: nobody may be
//! lost or get it twice, and only what was in flight may be in doubt.

mod account;
mod beginning;
mod campaign;
mod chance;
mod claims;
mod director;
mod faults;
mod field;
mod figures;
mod log;
mod powercut;
mod stages;
mod witness;
