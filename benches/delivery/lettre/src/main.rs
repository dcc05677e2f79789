//! Sends letter.txt and letter.html to everybody on list.csv by lettre's own
//! pool, from as many tasks as it keeps connections. It composes each letter, as
//! it does for its users. `lettre-bench PORT CONNECTIONS`, in the folder of the
//! three files.

use std::error::Error;
use std::fs::read_to_string;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lettre::address::Address;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

type Failure = Box<dyn Error + Send + Sync>;

/// What is sent, and how far along it is.
struct Work {
    text: String,
    html: String,
    list: String,
    next: AtomicUsize,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(connections)) = (arguments.next(), arguments.next()) else {
        return Err("lettre-bench PORT CONNECTIONS".into());
    };
    let connections = connections.parse()?;
    let relay = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port.parse()?)
        .pool_config(PoolConfig::new().max_size(connections))
        .build();
    let work = Arc::new(Work {
        text: read_to_string("letter.txt")?,
        html: read_to_string("letter.html")?,
        list: read_to_string("list.csv")?,
        next: AtomicUsize::new(0),
    });
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(send(relay.clone(), Arc::clone(&work))))
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// Sends the next letter that nobody has taken, until there is none.
async fn send(relay: AsyncSmtpTransport<Tokio1Executor>, work: Arc<Work>) -> Result<(), Failure> {
    let people: Vec<&str> = work.list.lines().skip(1).collect();
    while let Some(row) = people.get(work.next.fetch_add(1, Ordering::Relaxed)) {
        let (email, name) = row.split_once(',').ok_or("a row has two cells")?;
        let personal = |body: &str| body.replace("{{name}}", name).replace("{{email}}", email);
        let message = Message::builder()
            .from(Mailbox::new(
                Some("Prayer Team".to_owned()),
                Address::new("prayer", "example.org")?,
            ))
            .to(Mailbox::new(Some(name.to_owned()), email.parse()?))
            .subject("Prayer for peace")
            .multipart(MultiPart::alternative_plain_html(
                personal(&work.text),
                personal(&work.html),
            ))?;
        relay.send(message).await?;
    }
    Ok(())
}
