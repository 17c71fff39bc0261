//! Where an element stands: its name in the table, and the indexes of its records.

use super::duration;

/// An element's name, its indexes told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The name with `n` for each index.
    pub(super) template: String,
    /// The indexes in order.
    pub(super) indexes: Vec<usize>,
}

impl Place {
    pub(super) fn parse(element: &str) -> Self {
        let mut indexes = Vec::new();
        let mut template = String::with_capacity(element.len());
        for segment in element.split('.') {
            if !template.is_empty() {
                template.push('.');
            }
            if duration::is_digits(segment, 1, 9) && !template.is_empty() {
                indexes.push(segment.parse().expect("nine digits are a number"));
                template.push('n');
            } else {
                template.push_str(segment);
            }
        }
        Self { template, indexes }
    }

    /// The canonical name of `template` with this place's indexes.
    pub(super) fn name_of(&self, template: &str) -> String {
        let mut indexes = self.indexes.iter();
        let mut name = String::with_capacity(template.len() + 8);
        for segment in template.split('.') {
            if !name.is_empty() {
                name.push('.');
            }
            match (segment, indexes.len()) {
                ("n", 1..) => name.push_str(&indexes.next().expect("counted").to_string()),
                _ => name.push_str(segment),
            }
        }
        name
    }

    pub(super) fn name(&self) -> String {
        self.name_of(&self.template)
    }

    /// The collections on the way to the element, outermost first: name and index in it.
    pub(super) fn collections(&self) -> Vec<(String, usize)> {
        let mut found = Vec::with_capacity(self.indexes.len());
        for (start, _) in self.template.match_indices(".n") {
            let after = self.template[start + 2..].chars().next();
            if matches!(after, None | Some('.')) {
                let index = self.indexes[found.len()];
                found.push((self.name_of(&self.template[..start]), index));
            }
        }
        found
    }

    /// The record that holds the element: everything before the last segment group after `n`.
    pub(super) fn record(&self) -> Option<String> {
        let end = self.template.rfind(".n.")? + 2;
        Some(self.name_of(&self.template[..end]))
    }

    /// The record that holds the collection that holds the element.
    pub(super) fn parent_record(&self) -> Option<String> {
        let end = self.template.rfind(".n.")?;
        let end = self.template[..end].rfind(".n.")? + 2;
        Some(self.name_of(&self.template[..end]))
    }
}
