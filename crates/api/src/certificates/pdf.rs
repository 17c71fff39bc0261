//! The attestato as a PDF: one page A4 across, tagged for assistive technology (PDF/UA-1), fonts inside.

use anyhow::{Context, Result, anyhow};
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect, Size, Transform},
    image::Image,
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    tagging::{Artifact, ArtifactType, BBox, ContentTag, SpanTag, Tag, TagGroup, TagTree},
    text::{Font, TextDirection},
};
use qrcode::{EcLevel, QrCode};

const REGULAR: &[u8] = include_bytes!("../../assets/fonts-pdf/titillium-web-regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts-pdf/titillium-web-700.ttf");

/// A4 across, in points.
const WIDTH: f32 = 842.0;
const HEIGHT: f32 = 595.0;
const LEFT: f32 = 84.0;
const QR_SIDE: f32 = 96.0;
const LOGO_WIDTH: f32 = 150.0;
const LOGO_HEIGHT: f32 = 64.0;

const BLUE: [u8; 3] = [0, 0x66, 0xcc];
const INK: [u8; 3] = [0x17, 0x32, 0x4d];
const GREY: [u8; 3] = [0x45, 0x5a, 0x70];

/// A line of the page.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// What it says.
    pub(crate) text: String,
    /// What it is.
    pub(crate) style: Style,
}

/// What a line is: its look and its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// The page's heading.
    Title,
    /// The learner's name.
    Name,
    /// The course.
    Course,
    /// Who issues it.
    Issuer,
    /// Plain text.
    Text,
    /// The small print beside the code.
    Small,
}

impl Style {
    /// Size in points, from the line above to this one, characters that fit on one.
    fn measure(self) -> (f32, f32, usize) {
        match self {
            Self::Title => (34.0, 40.0, 40),
            Self::Name => (30.0, 42.0, 42),
            Self::Course => (21.0, 30.0, 62),
            Self::Issuer => (16.0, 20.0, 62),
            Self::Text => (14.0, 25.0, 92),
            Self::Small => (10.0, 15.0, 96),
        }
    }
}

/// What a certificate's page says.
#[derive(Debug, Clone)]
pub(crate) struct Sheet<'a> {
    /// Title of the document.
    pub(crate) title: &'a str,
    /// BCP 47 tag.
    pub(crate) language: &'a str,
    /// From top to bottom.
    pub(crate) lines: Vec<Line>,
    /// Beside the code, at the foot.
    pub(crate) foot: Vec<Line>,
    /// At the top, to the right.
    pub(crate) logo: Option<Logo<'a>>,
    /// Where it can be checked; also the code's content.
    pub(crate) verify_url: &'a str,
    /// What the code is, for who cannot see it.
    pub(crate) code_says: &'a str,
    /// Year, month, day of issue.
    pub(crate) issued: (u16, u8, u8),
}

/// A logo.
#[derive(Debug, Clone)]
pub(crate) struct Logo<'a> {
    /// A PNG.
    pub(crate) image: &'a [u8],
    /// What it is, for who cannot see it.
    pub(crate) says: String,
}

struct Pen<'a, 'page> {
    surface: &'a mut Surface<'page>,
    regular: Font,
    bold: Font,
    tree: TagTree,
}

/// Draws the page.
///
/// # Errors
/// When a font or the drawing does not hold: a fault of ours.
pub(crate) fn draw(sheet: &Sheet<'_>) -> Result<Vec<u8>> {
    let font = |bytes: &'static [u8]| Font::new(bytes.into(), 0).context("a font is damaged");
    let (regular, bold) = (font(REGULAR)?, font(BOLD)?);
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| anyhow!("PDF/UA-1 cannot be asked for: {error:?}"))?;
    let settings = SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let (year, month, day) = sheet.issued;
    document.set_metadata(
        Metadata::new()
            .title(sheet.title.to_owned())
            .language(sheet.language.to_owned())
            .creator("Percorso".to_owned())
            .creation_date(DateTime::new(year).month(month).day(day)),
    );
    let size = PageSettings::from_wh(WIDTH, HEIGHT).context("the page's size")?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    let mut pen = Pen {
        surface: &mut surface,
        regular,
        bold,
        tree: TagTree::new().with_lang(Some(sheet.language.to_owned())),
    };
    pen.ornament()?;
    if let Some(logo) = &sheet.logo {
        pen.logo(logo)?;
    }
    let mut y = 44.0;
    for line in &sheet.lines {
        y = pen.line(line, LEFT, y);
    }
    let below = HEIGHT - 56.0 - QR_SIDE;
    pen.code(sheet, below)?;
    let mut y = below + 12.0;
    for line in &sheet.foot {
        y = pen.line(line, LEFT + QR_SIDE + 24.0, y);
    }
    let tree = pen.tree;
    surface.finish();
    page.finish();
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(sheet.title.to_owned(), top));
    document.set_outline(outline);
    document.set_tag_tree(tree);
    document
        .finish()
        .map_err(|error| anyhow!("the attestato cannot be written: {error:?}"))
}

impl Pen<'_, '_> {
    fn fill(&mut self, [red, green, blue]: [u8; 3]) {
        self.surface.set_fill(Some(Fill {
            paint: rgb::Color::new(red, green, blue).into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::NonZero,
        }));
    }

    /// The band at the left: no content.
    fn ornament(&mut self) -> Result<()> {
        let band = Rect::from_xywh(0.0, 0.0, 28.0, HEIGHT).context("the band")?;
        let artifact = Artifact::new(ArtifactType::Background, Some(band));
        self.surface.start_tagged(ContentTag::Artifact(artifact));
        self.fill(BLUE);
        let mut path = PathBuilder::new();
        path.push_rect(band);
        self.surface.draw_path(&path.finish().context("the band")?);
        self.surface.end_tagged();
        Ok(())
    }

    /// The logo, as large as its place at the top right has room for.
    fn logo(&mut self, logo: &Logo<'_>) -> Result<()> {
        let image = Image::from_png(logo.image.to_vec().into(), true)
            .map_err(|error| anyhow!("the issuer's logo cannot be read as a PNG: {error}"))?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "no logo has millions of pixels a side"
        )]
        let (width, height) = (image.size().0 as f32, image.size().1 as f32);
        let scale = (LOGO_WIDTH / width).min(LOGO_HEIGHT / height);
        let size = Size::from_wh(width * scale, height * scale).context("the logo's size")?;
        let (x, y) = (WIDTH - 56.0 - size.width(), 40.0);
        let place =
            Rect::from_xywh(x, y, size.width(), size.height()).context("the logo's place")?;
        let figure = Tag::Figure(Some(logo.says.clone()));
        let mut group = TagGroup::new(figure.with_bbox(Some(BBox::new(0, place))));
        group.push(self.surface.start_tagged(ContentTag::Other));
        self.surface
            .push_transform(&Transform::from_translate(x, y));
        self.surface.draw_image(image, size);
        self.surface.pop();
        self.surface.end_tagged();
        self.tree.push(group);
        Ok(())
    }

    /// Draws a line below `y`, broken where it is too long; answers where it stands.
    fn line(&mut self, line: &Line, x: f32, mut y: f32) -> f32 {
        let (size, height, fits) = line.style.measure();
        let font = match line.style {
            Style::Title | Style::Name | Style::Course | Style::Issuer => self.bold.clone(),
            _ => self.regular.clone(),
        };
        self.fill(match line.style {
            Style::Title => BLUE,
            Style::Small => GREY,
            _ => INK,
        });
        let mut group = match line.style {
            Style::Title => {
                TagGroup::new(Tag::Hn(std::num::NonZeroU16::MIN, Some(line.text.clone())))
            }
            _ => TagGroup::new(Tag::P),
        };
        for part in broken(&line.text, fits) {
            y += height;
            let tag = ContentTag::Span(SpanTag::empty());
            group.push(self.surface.start_tagged(tag));
            let at = Point::from_xy(x, y);
            self.surface
                .draw_text(at, font.clone(), size, &part, false, TextDirection::Auto);
            self.surface.end_tagged();
        }
        self.tree.push(group);
        y
    }

    /// The code that leads to the page where the attestato is checked.
    fn code(&mut self, sheet: &Sheet<'_>, top: f32) -> Result<()> {
        let code = QrCode::with_error_correction_level(sheet.verify_url, EcLevel::M)
            .map_err(|error| anyhow!("the address does not fit a QR code: {error}"))?;
        let modules = code.width();
        let colors = code.to_colors();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a code has fewer than 200 modules a side"
        )]
        let side = QR_SIDE / modules as f32;
        let place = Rect::from_xywh(LEFT, top, QR_SIDE, QR_SIDE).context("the code's place")?;
        let figure = Tag::Figure(Some(sheet.code_says.to_owned()));
        let mut group = TagGroup::new(figure.with_bbox(Some(BBox::new(0, place))));
        group.push(self.surface.start_tagged(ContentTag::Other));
        self.fill(INK);
        let mut path = PathBuilder::new();
        for (index, color) in colors.iter().enumerate() {
            if *color == qrcode::Color::Dark {
                #[expect(clippy::cast_precision_loss, reason = "as above")]
                let (x, y) = ((index % modules) as f32, (index / modules) as f32);
                let module = Rect::from_xywh(LEFT + x * side, top + y * side, side, side);
                path.push_rect(module.context("a module of the code")?);
            }
        }
        self.surface
            .draw_path(&path.finish().context("the code is empty")?);
        self.surface.end_tagged();
        self.tree.push(group);
        Ok(())
    }
}

/// A text in lines of at most so many characters, broken between words.
fn broken(text: &str, fits: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= fits {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, style: Style) -> Line {
        let text = text.to_owned();
        Line { text, style }
    }

    #[test]
    fn a_page_is_drawn_and_keeps_to_pdf_ua() {
        let sheet = Sheet {
            title: "Attestato di Anna Bianchi",
            language: "it",
            lines: vec![
                line("Attestato di partecipazione", Style::Title),
                line("Si attesta che", Style::Text),
                line("Anna Bianchi", Style::Name),
                line("Comune di Pietralta", Style::Text),
                line("ha completato il percorso formativo", Style::Text),
                line(
                    "Smart Working. Contesto e leve progettuali per il cambiamento organizzativo delle PA",
                    Style::Course,
                ),
            ],
            foot: vec![line(
                "Verifica: https://percorso.example/verifica/ABCD",
                Style::Small,
            )],
            logo: None,
            verify_url: "https://percorso.example/verifica/ABCD-EFGH",
            code_says: "Codice QR della pagina di verifica",
            issued: (2026, 6, 30),
        };
        let pdf = draw(&sheet).unwrap();
        assert!(pdf.starts_with(b"%PDF-"), "no PDF");
        if let Ok(path) = std::env::var("PERCORSO_TEST_PDF") {
            std::fs::write(path, &pdf).unwrap();
        }
    }

    #[test]
    fn long_texts_are_broken_between_words() {
        assert_eq!(broken("uno due tre", 7), ["uno due", "tre"]);
        assert_eq!(broken("lunghissima", 3), ["lunghissima"]);
    }
}
