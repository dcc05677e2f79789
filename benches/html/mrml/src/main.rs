//! Renders MJML from standard input with mrml, parsing included, as MJML does:
//! prints the bytes of the HTML and the median of the milliseconds as JSON.

use std::io::Read;
use std::time::Instant;

fn main() {
    let mut source = String::new();
    std::io::stdin()
        .read_to_string(&mut source)
        .expect("it is text");
    let render = || {
        let root = mrml::parse(&source).expect("it is MJML");
        root.element
            .render(&Default::default())
            .expect("it renders")
    };
    let mut times: Vec<f64> = (0..300)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(render());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"bytes\":{},\"median\":{},\"fastest\":{}}}",
        render().len(),
        times[150],
        times[0]
    );
}
