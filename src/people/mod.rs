//! Who is written to: addresses, names, languages, and the tokens by which somebody unsubscribes.

mod address;
mod language;
mod recipient;
mod secret;

pub use address::{AddressError, EmailAddress};
pub use language::{Direction, Language};
pub use recipient::{DisplayName, NameError, Recipient};
pub use secret::{Secret, Token};
