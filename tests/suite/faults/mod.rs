//! The catalogue of faults, 1 to 72: what may go wrong between a bulletin and
//! its readers, and the test that says what is done about it.

mod conversation;
mod dial;
mod dot;
mod envelope;
mod lists;
mod machine;
mod record;
mod tls_and_login;
mod trial;
