//! `adlcp:prerequisites` of SCORM 1.2: AICC scripts (CAM 1.2, 2.3.2.5.2; AICC CMI001, 8.8.1).
//!
//! Operators: `&` and, `|` or, `~` not, `=` and `<>` for a status, `{…}` a set, `n*{…}` at least n of
//! a set, parentheses. An identifier alone holds when its activity is passed or completed.

/// Whether `script` holds. `status` gives the status word of an activity, `None` for one that does
/// not exist. An empty script holds; one that cannot be read holds too, so that a mistake in a
/// manifest locks nobody out.
pub(super) fn hold(script: &str, status: &dyn Fn(&str) -> Option<String>) -> bool {
    let tokens = tokenize(script);
    if tokens.is_empty() {
        return true;
    }
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        depth: 0,
        status,
    };
    match reader.any() {
        Some(holds) if reader.at == tokens.len() => holds,
        _ => true,
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    And,
    Or,
    Not,
    Is,
    IsNot,
    Of,
    Comma,
    Open,
    Close,
    SetOpen,
    SetClose,
    Word(String),
}

fn tokenize(script: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = script.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '&' => (Token::And, 1),
            '|' => (Token::Or, 1),
            '~' => (Token::Not, 1),
            '=' => (Token::Is, 1),
            '*' => (Token::Of, 1),
            ',' => (Token::Comma, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '{' => (Token::SetOpen, 1),
            '}' => (Token::SetClose, 1),
            '"' => {
                let text = rest[1..].split('"').next().unwrap_or_default();
                (
                    Token::Word(text.to_owned()),
                    (text.len() + 2).min(rest.len()),
                )
            }
            _ if rest.starts_with("<>") => (Token::IsNot, 2),
            _ => {
                let end = rest
                    .find(|c| "&|~=*,(){}\"".contains(c))
                    .unwrap_or(rest.len());
                let end = rest[..end].find("<>").unwrap_or(end).max(first.len_utf8());
                (Token::Word(rest[..end].trim().to_owned()), end)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    status: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    /// No script nests deeper for a reason.
    const DEEPEST: usize = 64;

    fn take(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else {
            return None;
        };
        self.at += 1;
        Some(word.clone())
    }

    fn any(&mut self) -> Option<bool> {
        let mut holds = self.all()?;
        while self.take(&Token::Or) {
            holds |= self.all()?;
        }
        Some(holds)
    }

    fn all(&mut self) -> Option<bool> {
        let mut holds = self.one()?;
        while self.take(&Token::And) {
            holds &= self.one()?;
        }
        Some(holds)
    }

    fn one(&mut self) -> Option<bool> {
        self.depth += 1;
        if self.depth > Self::DEEPEST {
            return None;
        }
        let holds = self.operand();
        self.depth -= 1;
        holds
    }

    fn operand(&mut self) -> Option<bool> {
        if self.take(&Token::Not) {
            return self.one().map(|holds| !holds);
        }
        if self.take(&Token::Open) {
            let holds = self.any()?;
            return self.take(&Token::Close).then_some(holds);
        }
        if self.take(&Token::SetOpen) {
            let (met, total) = self.members()?;
            return Some(met == total);
        }
        let word = self.word()?;
        if self.take(&Token::Of) {
            let wanted: usize = word.parse().ok()?;
            if !self.take(&Token::SetOpen) {
                return None;
            }
            let (met, _) = self.members()?;
            return Some(met >= wanted);
        }
        if self.take(&Token::Is) {
            return Some(self.has_status(&word)? == self.word().map(|word| full(&word))?);
        }
        if self.take(&Token::IsNot) {
            return Some(self.has_status(&word)? != self.word().map(|word| full(&word))?);
        }
        Some(matches!(
            self.has_status(&word)?.as_str(),
            "passed" | "completed"
        ))
    }

    /// The members of a set up to its end: how many hold, and how many there are.
    fn members(&mut self) -> Option<(usize, usize)> {
        let (mut met, mut total) = (0, 0);
        loop {
            met += usize::from(self.any()?);
            total += 1;
            if self.take(&Token::SetClose) {
                return Some((met, total));
            }
            if !self.take(&Token::Comma) {
                return None;
            }
        }
    }

    fn has_status(&self, activity: &str) -> Option<String> {
        (self.status)(activity)
    }
}

/// AICC lets a status be written by its first letter.
fn full(status: &str) -> String {
    let lower = status.to_ascii_lowercase();
    let word = match lower.as_str() {
        "p" => "passed",
        "c" => "completed",
        "f" => "failed",
        "i" => "incomplete",
        "b" => "browsed",
        "n" | "na" | "n/a" => "not attempted",
        other => other,
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_by_its_operators() {
        let status = |id: &str| {
            let word = match id {
                "S1" | "S 2" => "completed",
                "S3" => "passed",
                "S4" => "failed",
                "S5" => "not attempted",
                _ => return None,
            };
            Some(word.to_owned())
        };
        for (script, expected) in [
            ("", true),
            ("S1", true),
            ("S4", false),
            ("S1&S3", true),
            ("S1&S4", false),
            ("S4|S3", true),
            ("S4|S5", false),
            ("~S4", true),
            ("~(S1|S4)", false),
            ("S1&(S4|S3)", true),
            ("S4=\"failed\"", true),
            ("S4=f", true),
            ("S1<>passed", true),
            ("S3<>passed", false),
            ("2*{S1,S3,S4}", true),
            ("3*{S1,S3,S4}", false),
            ("{S1,S3}", true),
            ("{S1,S4}", false),
            ("S 2 & S1", true),
            // What cannot be read locks nobody out.
            ("S1&", true),
            ("S9", true),
            ("((((", true),
        ] {
            assert_eq!(hold(script, &status), expected, "{script}");
        }
    }

    #[test]
    fn a_script_nested_without_end_ends() {
        assert!(hold(&"~(".repeat(100_000), &|_| None));
    }
}
