//! Who is written to: addresses, names, languages, lists of them, and the tokens by which somebody unsubscribes.

mod address;
mod language;
mod language_name;
mod link;
pub mod list;
mod recipient;
mod secret;

pub use address::{AddressError, EmailAddress};
pub use language::{Direction, Language, LanguageError, Script};
pub use link::check_link;
pub use recipient::{DisplayName, NameError, Recipient};
pub use secret::{Secret, Token};
