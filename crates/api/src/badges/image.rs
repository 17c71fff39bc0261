//! The badge as a picture: an SVG, and the same with the credential baked into it (Open Badges 3.0, "SVG Baking").

use std::fmt::Write;

/// Characters of the title that fit on a line of the badge.
const FITS: usize = 20;
/// The same in small letters.
const FITS_SMALL: usize = 25;
/// Lines of the title in large letters.
const LARGE_LINES: usize = 4;
/// Lines of the title that fit into the badge at all.
const LINES: usize = 6;
/// Where the star ends and the foot begins: the title stands in the middle between them.
const ROOM: (usize, usize) = (178, 380);

/// The picture of an achievement.
pub(crate) fn achievement(title: &str, issuer: Option<&str>, hours: &str) -> String {
    // Long titles are smaller and lower, so that they stay between the star and the foot.
    let mut lines = broken(title, FITS);
    let (mut size, mut leading) = (31, 36);
    if lines.len() > LARGE_LINES {
        lines = broken(title, FITS_SMALL);
        (size, leading) = (24, 30);
    }
    let mut text = String::new();
    let top = first_baseline(lines.len(), size, leading);
    for (line, y) in lines.iter().zip((top..).step_by(leading)) {
        let _ = write!(text, r#"<text x="256" y="{y}">{}</text>"#, escaped(line));
    }
    let issuer = issuer.map(shortened).unwrap_or_default();
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512" role="img" aria-label="{label}">
<circle cx="256" cy="256" r="248" fill="#004d99"/>
<circle cx="256" cy="256" r="226" fill="#fff"/>
<circle cx="256" cy="256" r="214" fill="none" stroke="#0066cc" stroke-width="4"/>
<path d="M256 62l16 34 37 5-27 26 7 37-33-18-33 18 7-37-27-26 37-5z" fill="#0066cc"/>
<g font-family="'Titillium Web', 'Segoe UI', Arial, sans-serif" font-size="{size}" font-weight="700" text-anchor="middle" fill="#17324d">{text}</g>
<g font-family="'Titillium Web', 'Segoe UI', Arial, sans-serif" font-size="20" text-anchor="middle" fill="#455a70"><text x="256" y="408">{hours}</text><text x="256" y="436">{issuer}</text></g>
</svg>
"##,
        label = escaped(title),
        hours = escaped(hours),
        issuer = escaped(&issuer),
    )
}

/// A picture with a credential in it; the picture is one of [`achievement`].
pub(crate) fn baked(svg: &str, jws: &str) -> String {
    svg.replacen(
        "<svg ",
        r#"<svg xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" "#,
        1,
    )
    .replacen(
        ">\n<circle",
        &format!(
            ">\n<openbadges:credential verify=\"{}\"></openbadges:credential>\n<circle",
            escaped(jws)
        ),
        1,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// At the foot of the circle there is room for so many characters.
fn shortened(text: &str) -> String {
    const ROOM: usize = 30;
    if text.chars().count() <= ROOM {
        return text.to_owned();
    }
    let start: String = text.chars().take(ROOM - 1).collect();
    format!("{}\u{2026}", start.trim_end())
}

/// Where the first line stands, so that all of them are in the middle of their room.
fn first_baseline(lines: usize, size: usize, leading: usize) -> usize {
    // Letters rise to about seven tenths of their size.
    let height = size * 7 / 10 + (lines.max(1) - 1) * leading;
    let free = (ROOM.1 - ROOM.0).saturating_sub(height);
    ROOM.0 + free / 2 + size * 7 / 10
}

/// The title in lines of at most so many characters, the last of them cut where there are too many.
fn broken(title: &str, fits: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in title.split_whitespace() {
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
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines[LINES - 1].push('\u{2026}');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_stands_right_after_the_opening_tag_and_once() {
        let plain = achievement("Uno & <due>", Some("Associazione"), "2 h");
        assert!(plain.contains("Uno &amp; &lt;due&gt;"));
        let baked = baked(&plain, "a.b.c");
        let after = baked.split_once("<svg ").unwrap().1;
        let (tag, rest) = after.split_once(">\n").unwrap();
        assert!(tag.contains(r#"xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0""#));
        assert!(
            rest.starts_with(r#"<openbadges:credential verify="a.b.c"></openbadges:credential>"#)
        );
        assert_eq!(baked.matches("<openbadges:credential").count(), 1);
    }

    #[test]
    fn every_title_stands_between_the_star_and_the_foot() {
        for count in 1..=60 {
            let picture = achievement(&"parola ".repeat(count), None, "2 h");
            let (_, title) = picture.split_once("font-weight").unwrap();
            let (title, _) = title.split_once("</g>").unwrap();
            let baselines: Vec<usize> = title
                .split(" y=\"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
                .collect();
            let (first, last) = (baselines[0], baselines[baselines.len() - 1]);
            assert!(first >= ROOM.0 + 16, "{count}: {baselines:?}");
            assert!(last <= ROOM.1, "{count}: {baselines:?}");
        }
    }

    #[test]
    fn a_long_title_is_cut_and_says_so() {
        let lines = broken(&"parola lunga ".repeat(20), FITS);
        assert_eq!(lines.len(), LINES);
        assert!(lines[LINES - 1].ends_with('\u{2026}'));
        assert_eq!(broken("Smart Working", FITS), ["Smart Working"]);
    }
}
