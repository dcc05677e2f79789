//! What people write in the settings for what they mean.

use crate::document::{Fields, Hint};

/// What to say of a password that stands in the file.
const PASSWORD: &str = "a password does not belong in this file, and is not shown here. Delete the line, and write one of these below [relay]: \
    password_env = \"EPISTLE_PASSWORD\", a variable of the environment; \
    password_file = \"relay.password\", a file that only its owner can read; \
    password_credential = \"epistle-relay\", a credential of systemd";

/// The same of an access token.
const TOKEN: &str = "an access token does not belong in this file, and is not shown here. Delete the line, and write below [relay]: \
    token_file = \"relay.token\", a file that only its owner can read";

/// What to say of a private key that stands in the file.
const KEY: &str = "a private key does not belong in this file, and is not shown here. Delete it, and write one of these below [[dkim]]: \
    key_file = \"epistle1.private.pem\", a file that only its owner can read; \
    key_credential = \"epistle-dkim\", a credential of systemd";

/// The keys with a hint of their own.
pub(super) const HINTS: &[Hint] = &[
    ("[relay]", "password", PASSWORD),
    ("[relay]", "passwd", PASSWORD),
    ("[relay]", "pass", PASSWORD),
    ("[relay]", "pwd", PASSWORD),
    ("[relay]", "secret", PASSWORD),
    ("[relay]", "token", TOKEN),
    ("[relay]", "access_token", TOKEN),
    ("[relay]", "api_key", PASSWORD),
    ("[sender]", "password", PASSWORD),
    ("[batch]", "password", PASSWORD),
    ("[ledger]", "password", PASSWORD),
    ("the settings file", "password", PASSWORD),
    ("[[dkim]]", "key", KEY),
    ("[[dkim]]", "private_key", KEY),
    ("[[dkim]]", "private", KEY),
    ("[[dkim]]", "secret", KEY),
    (
        "[relay]",
        "server",
        "the name of the server is called `host`",
    ),
    (
        "[relay]",
        "encryption",
        "how the connection is protected is called `security`",
    ),
    (
        "[relay]",
        "tls",
        "write security = \"tls\", \"starttls\" or \"none\"",
    ),
    ("[relay]", "starttls", "write security = \"starttls\""),
    (
        "[relay]",
        "login",
        "the name of the account is called `user`",
    ),
    (
        "the settings file",
        "host",
        "the relay stands in a table of its own: write [relay] above it",
    ),
    (
        "the settings file",
        "smtp",
        "the server that takes the letters stands below [relay]",
    ),
    (
        "the settings file",
        "rate",
        "how fast letters go stands in a table of its own: write [batch] above it",
    ),
];

/// Says whether a password or a token stands among these keys of `[relay]`; it is reported as an unknown key.
pub(super) fn has_password(fields: &Fields<'_>) -> bool {
    has(fields, "[relay]", PASSWORD) || has(fields, "[relay]", TOKEN)
}

/// The same for a private key among those of `[[dkim]]`.
pub(super) fn has_key(fields: &Fields<'_>) -> bool {
    has(fields, "[[dkim]]", KEY)
}

fn has(fields: &Fields<'_>, table: &str, secret: &str) -> bool {
    let mut hints = HINTS.iter();
    hints.any(|(known, key, help)| *known == table && *help == secret && fields.has(key))
}
