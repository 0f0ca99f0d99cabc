//! A run and a load over time: rate, clock, power and heat above each other, on one time axis.

use plotters::chart::SeriesLabelPosition;
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::plot::{COLOURS, WIDTH, labelled, range};

/// Panels that share their time axis.
pub(super) struct Timeline {
    /// Its title, which readers who do not see it are told, with the names of the panels.
    pub(super) title: String,
    /// The name of the time axis.
    pub(super) time: &'static str,
    /// What ran when, in its order.
    pub(super) spans: Vec<Span>,
    /// From the top down; one without points is left out.
    pub(super) panels: Vec<Panel>,
}

/// A stretch of time with a name.
pub(super) struct Span {
    pub(super) name: String,
    /// Its beginning and end, in seconds.
    pub(super) at: [f64; 2],
}

/// One quantity over time.
pub(super) struct Panel {
    pub(super) name: &'static str,
    /// How a value is written at a tick.
    pub(super) tick: fn(f64) -> String,
    pub(super) curves: Vec<Curve>,
}

/// What is drawn of a quantity. Each stretch is drawn alone: nothing is known of the time between two.
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) look: Look,
    /// Time and value.
    pub(super) stretches: Vec<Vec<(f64, f64)>>,
}

/// How a curve is drawn; shapes tell apart what colours may not.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Look {
    Line,
    Dashes,
    Circles,
    Triangles,
}

/// In pixels: one panel, the axis below the last, what is left of the panels, and around all.
const PANEL: u32 = 170;
const AXIS: u32 = 44;
const LEFT: u32 = 92;
const MARGIN: u32 = 8;

/// In pixels: a letter of the names above the first panel, and the most that they may take.
const LETTER: u32 = 7;
const NAMES: u32 = 180;

/// What the key takes of a panel's width and height.
const KEY: [f64; 2] = [0.35, 0.35];

/// Names nearer than this many pixels to the one before would lie upon it.
const APART: i32 = 12;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;
type Shape<'a> = DynElement<'static, SVGBackend<'a>, (f64, f64)>;

impl Panel {
    /// Whether there is anything to draw.
    pub(super) fn has_points(&self) -> bool {
        self.points().next().is_some()
    }

    /// Where the key hides the fewest points.
    fn emptiest_corner(&self, time: (f64, f64), values: (f64, f64)) -> SeriesLabelPosition {
        let part = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        let points: Vec<[f64; 2]> = self.points().map(|at| [part(at.0, time), part(at.1, values)]).collect();
        let near = |x: f64, y: f64| {
            points.iter().filter(|at| (at[0] - x).abs() < KEY[0] && (at[1] - y).abs() < KEY[1]).count()
        };
        let corners = [
            (near(1.0, 0.0), SeriesLabelPosition::LowerRight),
            (near(0.0, 0.0), SeriesLabelPosition::LowerLeft),
            (near(1.0, 1.0), SeriesLabelPosition::UpperRight),
            (near(0.0, 1.0), SeriesLabelPosition::UpperLeft),
        ];
        corners.into_iter().min_by_key(|(points, _)| *points).map_or(SeriesLabelPosition::LowerRight, |(_, at)| at)
    }

    fn points(&self) -> impl Iterator<Item = &(f64, f64)> {
        self.curves.iter().flat_map(|curve| curve.stretches.iter().flatten())
    }
}

impl Timeline {
    /// The panels as one `<svg>` with a label; nothing where no panel has points.
    pub(super) fn svg(&self) -> Option<String> {
        let panels: Vec<&Panel> = self.panels.iter().filter(|panel| panel.has_points()).collect();
        let times = panels.iter().flat_map(|panel| panel.points()).map(|point| point.0);
        let time = range(times.chain(self.spans.iter().flat_map(|span| span.at)), false)?;
        let above = self.names_height();
        let height = above + PANEL * u32::try_from(panels.len()).ok()? + AXIS;
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
            let (_, mut rest) = root.split_vertically(above);
            for (number, panel) in panels.iter().enumerate() {
                let is_last = number + 1 == panels.len();
                let (here, below) = rest.split_vertically(PANEL + if is_last { AXIS } else { 0 });
                self.draw(panel, &here, time, is_last).ok()?;
                rest = below;
            }
            self.draw_names(&root, time, above).ok()?;
            root.present().ok()?;
        }
        let names: Vec<&str> = panels.iter().map(|panel| panel.name).collect();
        Some(labelled(&svg, &format!("{}: {}", self.title, names.join("; "))))
    }

    fn draw(&self, panel: &Panel, area: &Area<'_>, time: (f64, f64), is_last: bool) -> Drawn {
        let (low, high) = range(panel.points().map(|point| point.1), false).unwrap_or((0.0, 1.0));
        let mut chart = ChartBuilder::on(area)
            .margin_left(MARGIN)
            .margin_right(MARGIN)
            .margin_top(MARGIN)
            .x_label_area_size(if is_last { AXIS } else { 0 })
            .y_label_area_size(LEFT)
            .build_cartesian_2d(time.0..time.1, low..high)?;
        // Every second one, so that where one ends and the next begins is seen.
        let shade = |span: &Span| Rectangle::new([(span.at[0], low), (span.at[1], high)], BLACK.mix(0.07).filled());
        chart.draw_series(self.spans.iter().step_by(2).map(shade))?;
        let tick = |value: &f64| (panel.tick)(*value);
        let second = |value: &f64| super::plot::number(*value);
        let mut mesh = chart.configure_mesh();
        mesh.y_desc(panel.name)
            .y_labels(5)
            .y_label_formatter(&tick)
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.15))
            .label_style(("sans-serif", 13));
        if is_last {
            mesh.x_desc(self.time).x_label_formatter(&second);
        }
        mesh.draw()?;
        for (curve, colour) in panel.curves.iter().zip(COLOURS).filter(|(curve, _)| curve.has_points()) {
            let look = curve.look;
            let drawn = chart.draw_series(curve.stretches.iter().flat_map(|points| look.shapes(points, colour)))?;
            if panel.curves.len() > 1 {
                drawn.label(curve.name).legend(move |at| look.key(at, colour));
            }
        }
        if panel.curves.iter().filter(|curve| curve.has_points()).count() < 2 {
            return Ok(());
        }
        chart
            .configure_series_labels()
            .border_style(BLACK.mix(0.2))
            .label_font(("sans-serif", 12))
            .position(panel.emptiest_corner(time, (low, high)))
            .draw()
    }

    /// In pixels, what the longest name takes.
    fn names_height(&self) -> u32 {
        let longest = self.spans.iter().map(|span| span.name.chars().count()).max();
        longest
            .map_or(0, |letters| u32::try_from(letters).map_or(NAMES, |letters| (LETTER * letters + MARGIN).min(NAMES)))
    }

    /// Names of the spans, upright, above the middle of each.
    fn draw_names(&self, root: &Area<'_>, time: (f64, f64), above: u32) -> Drawn {
        let style = ("sans-serif", 12).into_text_style(root).transform(FontTransform::Rotate270);
        let style = style.pos(Pos::new(HPos::Left, VPos::Center));
        let wide = f64::from(WIDTH - LEFT - 2 * MARGIN);
        let mut last = i32::MIN;
        for span in &self.spans {
            let middle = f64::midpoint(span.at[0], span.at[1]);
            #[expect(clippy::cast_possible_truncation, reason = "pixels")]
            let x = (f64::from(LEFT + MARGIN) + wide * (middle - time.0) / (time.1 - time.0)) as i32;
            if x.saturating_sub(last) >= APART {
                root.draw(&Text::new(span.name.as_str(), (x, above.cast_signed()), style.clone()))?;
                last = x;
            }
        }
        Ok(())
    }
}

impl Curve {
    fn has_points(&self) -> bool {
        self.stretches.iter().any(|points| !points.is_empty())
    }
}

impl Look {
    fn shapes<'a>(self, points: &[(f64, f64)], colour: RGBColor) -> Vec<Shape<'a>> {
        let each = |shape: fn((f64, f64), RGBColor) -> Shape<'a>| points.iter().map(|at| shape(*at, colour)).collect();
        match self {
            // A line through one point is not seen.
            Self::Line if points.len() > 1 => {
                vec![PathElement::new(points.to_vec(), colour.stroke_width(2)).into_dyn()]
            }
            Self::Dashes => vec![DashedPathElement::new(points.to_vec(), 6, 4, colour.stroke_width(2)).into_dyn()],
            Self::Line | Self::Circles => each(|at, colour| Circle::new(at, 2, colour.filled()).into_dyn()),
            Self::Triangles => each(|at, colour| TriangleMarker::new(at, 4, colour.filled()).into_dyn()),
        }
    }

    /// The same in the key.
    fn key<'a>(self, (x, y): (i32, i32), colour: RGBColor) -> DynElement<'static, SVGBackend<'a>, (i32, i32)> {
        match self {
            Self::Line => PathElement::new(vec![(x, y), (x + 16, y)], colour.stroke_width(2)).into_dyn(),
            Self::Dashes => DashedPathElement::new(vec![(x, y), (x + 16, y)], 6, 4, colour.stroke_width(2)).into_dyn(),
            Self::Circles => Circle::new((x + 8, y), 3, colour.filled()).into_dyn(),
            Self::Triangles => TriangleMarker::new((x + 8, y), 5, colour.filled()).into_dyn(),
        }
    }
}
