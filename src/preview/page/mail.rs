//! The mail itself, in frames: as it arrives, and as some readers get it.

use maud::{Markup, PreEscaped, html};

use super::Sheet;
use crate::preview::looks;

/// A way to look at the mail.
struct Look {
    key: &'static str,
    label: &'static str,
    says: String,
    /// The copy to show; without one, the mail itself.
    copy: Option<String>,
}

/// All looks. Both frames of the first have the very HTML body of the letter.
pub(super) fn section(sheet: &Sheet<'_>) -> Markup {
    let sample = sheet.sample;
    let html = &sample.version.with_pictures(&sample.bodies.html);
    let (head, group) = (sheet.id("mail-head"), sheet.id("look"));
    let looks = looks(html);
    html! {
        section id=(sheet.id("mail")) aria-labelledby=(sheet.heads(&head)) {
            h2 id=(head) { "The mail" }
            p { "It is addressed to an invented recipient. Its date is that of this preview, and its unsubscribe link takes nobody off the list." }
            fieldset.looks {
                legend { "Show it" }
                @for (number, look) in looks.iter().enumerate() {
                    @let id = sheet.id(&format!("look-{}", look.key));
                    input class={ "look-" (look.key) } type="radio" name=(group) id=(id) checked[number == 0];
                    label for=(id) { (look.label) }
                }
                @for look in &looks { p class={ "says says-" (look.key) } { (look.says) } }
                (stage("exact", &sheet.label("The mail"), html))
                @for look in &looks {
                    @if let Some(copy) = &look.copy { (stage(look.key, &sheet.label(look.label), copy)) }
                }
            }
        }
    }
}

fn looks(html: &str) -> Vec<Look> {
    let look = |key, label, says: &str, copy| Look {
        key,
        label,
        says: says.to_owned(),
        copy,
    };
    let mut looks = vec![look(
        "exact",
        "As it arrives",
        "The HTML of the letter, byte for byte, as this device shows it: on a phone (375 pixels) and on a computer. Pictures that travel beside it are put in.",
        None,
    )];
    let light = looks::light(html).unwrap_or_else(|| html.to_owned());
    looks.push(look(
        "light",
        "Light",
        "A copy without the mail’s rules for dark mode: as most readers see it.",
        Some(light),
    ));
    if let Some(dark) = looks::dark(html) {
        looks.push(look(
            "dark",
            "Dark",
            "A copy in which the mail’s own rules for dark mode always hold, as in Apple Mail and Outlook.",
            Some(dark),
        ));
    }
    looks.push(look(
        "inverted",
        "Colours inverted",
        "Some programs, such as Gmail on iPhones, turn all colours round in dark mode. The mail must stay legible.",
        None,
    ));
    let without = looks::without_images(html);
    let images = if without.is_some() {
        ""
    } else {
        " The mail has no images, so that it looks the same where images are off."
    };
    looks.push(look(
        "bare",
        "No style sheet",
        &format!("A copy without <style>, which GMX, web.de and Gmail with other accounts remove. It must look much as in the light.{images}"),
        Some(looks::without_style(html)),
    ));
    if let Some(copy) = without {
        looks.push(look(
            "images",
            "Images off",
            "A copy without its images, as many programs show it first: their descriptions stand in their place.",
            Some(copy),
        ));
    }
    looks
}

fn stage(class: &str, what: &str, html: &str) -> Markup {
    html! {
        div.stage.(class) {
            div.phone { (frame(&format!("{what}, on a phone"), html)) }
            div.desk tabindex="0" role="group" aria-label={ (what) ", as wide as on a computer" } { (frame(&format!("{what}, on a computer"), html)) }
        }
    }
}

/// A frame in which no script may run. Of another origin, some browsers paint it late or not at all.
///
/// Within single quotes only these need an escape (HTML, 13.1.2.3); the many
/// double ones of the mail would make the page a third larger.
fn frame(title: &str, html: &str) -> Markup {
    let document = html
        .replace('&', "&amp;")
        .replace('\'', "&#39;")
        .replace('<', "&lt;");
    let start = html! { (title) }.into_string();
    PreEscaped(format!(
        "<iframe title=\"{start}\" sandbox=\"allow-same-origin\" srcdoc='{document}'></iframe>"
    ))
}
