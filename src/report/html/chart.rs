//! Charts of bars, which need no script: one bar for each of a row of things.

use maud::{Markup, html};

use super::data::milliseconds;
use crate::foreign;

/// One bar.
pub(super) struct Bar {
    /// What it is of, with the numbers.
    pub(super) title: String,
    /// Its height.
    pub(super) value: f64,
    /// The height of a mark.
    pub(super) mark: Option<f64>,
    /// Whether it stands for something that failed: then it has all of the height.
    pub(super) failed: bool,
}

/// How wide a bar is, and how much of that is free; and how high the highest is. In units of the picture, which is as wide
/// as there is room.
const WIDTH: usize = 10;
const FREE: usize = 2;
const HEIGHT: i64 = 1000;

/// A chart of bars from left to right, the highest as high as the chart; `told` says how much that is.
pub(super) fn chart(title: &str, told: impl Fn(f64) -> String, ends: [&str; 2], bars: &[Bar]) -> Markup {
    let heights = bars.iter().flat_map(|bar| [Some(bar.value), bar.mark]).flatten();
    let most = heights.filter(|height| height.is_finite()).fold(0.0, f64::max);
    // What is not nothing is seen, however little it is.
    let scaled = |value: f64| match milliseconds(value / most) {
        _ if value.is_nan() || value <= 0.0 || most <= 0.0 => 0,
        height => height.clamp(8, HEIGHT),
    };
    let all = bars.len().max(1) * WIDTH;
    let wide = WIDTH - FREE;
    html! {
        figure.chart {
            figcaption { (title) " " span.note { "up to " (told(most)) } }
            svg viewBox={ "0 0 " (all) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(title) {
                @for (at, bar) in bars.iter().enumerate() {
                    @let x = at * WIDTH + FREE / 2;
                    g {
                        title { (foreign::line(&bar.title)) }
                        rect x=(at * WIDTH) y="0" width=(WIDTH) height=(HEIGHT) fill="transparent" {}
                        @if bar.failed {
                            rect.failed x=(x) y="0" width=(wide) height=(HEIGHT) opacity="0.35" {}
                        } @else {
                            @let height = scaled(bar.value);
                            rect.value x=(x) y=(HEIGHT - height) width=(wide) height=(height) {}
                            @if let Some(height) = bar.mark.map(scaled) {
                                rect.foretold x=(x) y=((HEIGHT - height).min(HEIGHT - 20)) width=(wide) height="20" {}
                            }
                        }
                    }
                }
            }
            p.ends { @for end in ends { span { (foreign::line(end)) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bar_is_higher_than_its_chart() {
        let bar = |value, mark, failed| Bar { title: "<b>".to_owned(), value, mark, failed };
        let bars = [
            bar(1.0, Some(5.0), false),
            bar(f64::NAN, None, false),
            bar(-3.0, Some(f64::INFINITY), false),
            bar(1e-9, None, false),
            bar(0.0, None, true),
        ];
        let drawn = chart("Time", |most| most.to_string(), ["a", "b"], &bars).into_string();
        let numbers = |name: &str| -> Vec<i64> {
            let before = format!(" {name}=\"");
            let values = drawn.split(&before).skip(1);
            values.map(|rest| rest.split('"').next().expect("a value").parse().expect("a number")).collect()
        };
        assert!(numbers("height").iter().chain(&numbers("y")).all(|number| (0..=1000).contains(number)), "{drawn}");
        assert_eq!(drawn.matches("class=\"failed\"").count(), 1);
        assert!(drawn.contains("viewBox=\"0 0 50 1000\"") && !drawn.contains("<b>"), "{drawn}");
        assert!(drawn.contains("up to 5"), "{drawn}");
        assert!(chart("Time", |_| String::new(), ["", ""], &[]).into_string().contains("0 0 10 1000"));
    }
}
