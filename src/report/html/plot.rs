//! Plots as SVG, by plotters. Colours are readable on light and dark alike; what is black follows the page's text.

use plotters::coord::ranged1d::AsRangedCoord;
use plotters::prelude::*;

/// One series of a plot.
pub(super) struct Series {
    pub(super) name: String,
    /// x and y.
    pub(super) points: Vec<(f64, f64)>,
    pub(super) style: Style,
}

/// How a series is drawn.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    /// A line through marks.
    Line,
    /// Marks alone.
    Marks,
    /// A thin line without marks: a ceiling, a level.
    Ceiling,
}

/// What a plot shows.
pub(super) struct Plot {
    /// Its title, which readers who do not see it are told.
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
    /// The corner that the key is put into: one where nothing is drawn.
    pub(super) key: SeriesLabelPosition,
}

/// An axis.
pub(super) struct Axis {
    pub(super) name: &'static str,
    pub(super) log: bool,
    /// How a value is written at a tick.
    pub(super) tick: fn(f64) -> String,
}

/// The width of every plot, in pixels.
pub(super) const WIDTH: u32 = 720;

const SIZE: (u32, u32) = (WIDTH, 360);

/// Okabe and Ito's colours, which colour-blind readers tell apart (2008), without those too light or too dark for one of the backgrounds.
pub(super) const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

impl Plot {
    /// The plot as an `<svg>` with a label; nothing where there are no points.
    pub(super) fn svg(&self) -> Option<String> {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let x = range(all().map(|point| point.0), self.x.log)?;
        let y = range(all().map(|point| point.1), self.y.log)?;
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            match (self.x.log, self.y.log) {
                (true, true) => self.draw(&area, (x.0..x.1).log_scale(), (y.0..y.1).log_scale()),
                (true, false) => self.draw(&area, (x.0..x.1).log_scale(), y.0..y.1),
                (false, true) => self.draw(&area, x.0..x.1, (y.0..y.1).log_scale()),
                (false, false) => self.draw(&area, x.0..x.1, y.0..y.1),
            }
            .ok()?;
        }
        Some(labelled(&svg, &self.title))
    }

    fn draw<X, Y>(
        &self,
        area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
        x: X,
        y: Y,
    ) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'_> as DrawingBackend>::ErrorType>>
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: plotters::coord::ranged1d::ValueFormatter<f64>,
        Y::CoordDescType: plotters::coord::ranged1d::ValueFormatter<f64>,
    {
        let mut chart =
            ChartBuilder::on(area).margin(8).x_label_area_size(44).y_label_area_size(92).build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(self.x.name)
            .y_desc(self.y.name)
            .x_label_formatter(&|value| (self.x.tick)(*value))
            .y_label_formatter(&|value| (self.y.tick)(*value))
            .light_line_style(BLACK.mix(0.06))
            .bold_line_style(BLACK.mix(0.15))
            .label_style(("sans-serif", 13))
            .draw()?;
        for (number, series) in self.series.iter().enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            let width = if series.style == Style::Ceiling { 1 } else { 2 };
            let key = move |(x, y)| Rectangle::new([(x, y - 4), (x + 14, y + 4)], colour.filled());
            if series.style == Style::Marks {
                let marks = series.points.iter().map(|point| Circle::new(*point, 4, colour.filled()));
                chart.draw_series(marks)?.label(&series.name).legend(key);
                continue;
            }
            let line = LineSeries::new(series.points.iter().copied(), colour.stroke_width(width));
            chart.draw_series(line)?.label(&series.name).legend(key);
            if series.style == Style::Line {
                chart.draw_series(series.points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
            }
        }
        chart
            .configure_series_labels()
            .border_style(BLACK.mix(0.2))
            .label_font(("sans-serif", 12))
            .position(self.key.clone())
            .draw()?;
        area.present()
    }
}

/// A range with some room around; `None` where there is nothing finite (and positive, on a logarithmic axis).
pub(super) fn range(values: impl Iterator<Item = f64>, log: bool) -> Option<(f64, f64)> {
    let usable = values.filter(|value| value.is_finite() && (!log || *value > 0.0));
    let (low, high) =
        usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return None;
    }
    if log {
        return Some((low / 1.3, high * 1.3));
    }
    let room = ((high - low) * 0.08).max(high.abs() * 0.02).max(1e-12);
    Some((if low >= 0.0 && low < high * 0.3 { 0.0 } else { low - room }, high + room))
}

/// Horizontal bars as an `<svg>` with a label: names, values from 0 up, and what is written behind each. Empty where there are none.
pub(super) fn bars(title: &str, bars: &[(String, f64, String)]) -> Option<String> {
    let most = bars.iter().map(|bar| bar.1).filter(|value| value.is_finite()).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let mut svg = String::new();
    {
        let height = 26 * u32::try_from(bars.len()).unwrap_or(1) + 16;
        let area = SVGBackend::with_string(&mut svg, (SIZE.0, height)).into_drawing_area();
        for (row, (name, value, text)) in (0..).zip(bars) {
            let top = 10 + 26 * row;
            #[expect(clippy::cast_possible_truncation, reason = "pixels")]
            let end = 230 + (330.0 * (value / most).clamp(0.0, 1.0)) as i32;
            let style = ("sans-serif", 13).into_text_style(&area);
            let colour = COLOURS[usize::from(row > 0)].filled();
            area.draw(&Text::new(name.as_str(), (4, top + 3), style.clone())).ok()?;
            area.draw(&Rectangle::new([(230, top), (end.max(231), top + 18)], colour)).ok()?;
            area.draw(&Text::new(text.as_str(), (end + 6, top + 3), style)).ok()?;
        }
        area.present().ok()?;
    }
    Some(labelled(&svg, title))
}

/// Gives plotters' SVG a label and the page's colours, and lets it scale.
pub(super) fn labelled(svg: &str, title: &str) -> String {
    let body = svg.find('>').map_or("", |end| &svg[end + 1..]);
    let size = svg.split("viewBox=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("0 0 720 360");
    let label = super::escaped_attribute(title);
    let body = body.replace("#000000", "currentColor").replace("font-family=\"sans-serif\"", "font-family=\"inherit\"");
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{label}\" viewBox=\"{size}\">{body}")
}

/// A number with a decimal SI prefix.
pub(super) fn si(value: f64) -> String {
    let (scale, prefix) = match value.abs() {
        v if v >= 1e12 => (1e12, "T"),
        v if v >= 1e9 => (1e9, "G"),
        v if v >= 1e6 => (1e6, "M"),
        v if v >= 1e3 => (1e3, "k"),
        v if v >= 1.0 || v <= 0.0 => (1.0, ""),
        v if v >= 1e-3 => (1e-3, "m"),
        v if v >= 1e-6 => (1e-6, "µ"),
        _ => (1e-9, "n"),
    };
    let scaled = (value / scale * 100.0).round() / 100.0;
    format!("{scaled} {prefix}")
}

/// A size in binary units, of its binary logarithm.
pub(super) fn size(log2: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive size")]
    crate::problem::binary(log2.exp2().round() as u64)
}

/// A plain number.
pub(super) fn number(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}
